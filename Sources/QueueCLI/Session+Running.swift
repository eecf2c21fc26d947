import QueueCore
import QueueHost
import QueueSession
import QueueWorker

extension Session {
  /// The runner of jobs.
  /// - Parameter lock: the worker's lock; nil outside a worker.
  func runner(_ lock: WorkerLock? = nil) -> ProcessRunner {
    ProcessRunner(
      directory: directory, environment: ProcessEnvironment.current.entries, lock: lock)
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
