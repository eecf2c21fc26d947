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
  /// What jobs are run by.
  /// - Parameter lock: the worker's; nil where none is run.
  func runner(_ lock: WorkerLock? = nil) -> ProcessRunner {
    ProcessRunner(in: directory, lock)
  }

  /// How the jobs of workers that are gone come back; whoever waits for them hears of it.
  func reclaimer() -> Reclaimer {
    Reclaimer(
      store: store, runner: runner(), liveness: directory.liveness(),
      forget: { [directory] in WorkerLock.forget($0, in: directory) }
    ) { [bell] job in
      bell.ring(job.state.isUnfinished ? .work : .end)
    }
  }
}
