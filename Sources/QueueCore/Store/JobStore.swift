/// The stored queue, as everything above it sees it.
///
/// Every method is one atomic step: it happens whole or, when it throws, not at all. Time always
/// comes in. A store belongs to one thread; other processes, and other stores on the same data, may
/// work beside it at any moment. What a store must do is written down in the conformance suite of
/// the tests, which every store passes.
public protocol JobStore: QueueReader, StatisticsReader, JobIntake, QueueOperator, WorkerStore,
  QueueKeeper, ScheduleStore
{}
