import QueueCore
import QueueHost
import QueueSession
import QueueWorker

extension ProcessRunner {
  convenience init(in directory: QueueDirectory, _ lock: WorkerLock? = nil) {
    self.init(directory: directory, environment: ProcessEnvironment.current.entries, lock: lock)
  }
}

extension Session {
  /// The runner of jobs.
  /// - Parameter lock: the worker's lock; nil outside a worker.
  func runner(_ lock: WorkerLock? = nil) -> ProcessRunner {
    ProcessRunner(in: directory, lock)
  }

  /// Reclaims the jobs of dead workers and notifies waiting processes.
  func reclaimer() -> Reclaimer {
    Reclaimer(
      store: store, runner: runner(), liveness: directory.liveness(),
      forget: { [directory] in WorkerLock.forget($0, in: directory) }
    ) { [bell] job in
      bell.ring(job.state.isUnfinished ? .work : .end)
    }
  }
}
