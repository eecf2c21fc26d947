import QueueCore
import QueueTestSupport
import QueueWorker

/// A bug that is put between the workers and their store or runner; by default none.
struct Plant {
  /// What a process gets for its own handle on the queue.
  var store: (any JobStore, ManualClock) -> any JobStore = { store, _ in store }
  /// What ends the leftovers of lost runs.
  var reclaimingRunner: (any JobRunner) -> any JobRunner = { $0 }
}
