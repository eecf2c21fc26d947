/// The stored queue. Every method is atomic: on error nothing is changed. Time is passed in.
/// A store belongs to one thread; other processes and stores may use the same data concurrently.
/// The contract is the conformance suite in the tests, which every store passes.
public protocol JobStore: QueueReader, WaitingReader, StatisticsReader, JobIntake, QueueOperator,
  WorkerStore, QueueKeeper, ScheduleStore, ScheduleReader, ScheduleIntake
{}
