import Glibc
import QueueCore
import QueueHost
import QueueSession
import QueueWorker

extension ProcessRunner {
  convenience init(in directory: QueueDirectory, _ lock: WorkerLock? = nil) {
    self.init(
      directory: directory, environment: ProcessEnvironment.current.entries, lock: lock,
      program: Self.ownPath(), makesCgroups: true)
  }

  /// The path of this binary, also after it was replaced; nil without `/proc`.
  private static func ownPath() -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { buffer in
      buffer.withMemoryRebound(to: CChar.self) { text in
        text.baseAddress.map { readlink("/proc/self/exe", $0, text.count) } ?? -1
      }
    }
    guard count > 0, let path = String(validating: bytes.prefix(count), as: UTF8.self) else {
      return nil
    }
    let mark = " (deleted)"
    return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
  }
}

extension Session {
  /// The runner of jobs.
  /// - Parameter lock: the worker's lock; nil outside a worker.
  func runner(_ lock: WorkerLock? = nil) -> ProcessRunner {
    ProcessRunner(in: directory, lock)
  }

  /// Notifies the workers and waiting processes of jobs that a schedule has replaced.
  func tellOfReplaced(_ advance: ScheduleAdvance) {
    guard advance.schedule.spec.overlap == .replace, !advance.enqueued.isEmpty else { return }
    bell.ring(.end)
    guard let workers = try? store.workers() else { return }
    bell.ring(.orders(workers.filter { $0.current != nil }.map(\.process)))
  }

  /// Reclaims the jobs of dead workers and notifies waiting processes.
  func reclaimer() -> Reclaimer {
    Reclaimer(
      store: store, runner: runner(), liveness: directory.cautiousLiveness(),
      forget: { [directory] in WorkerLock.forget($0, in: directory) }
    ) { [bell] job in
      bell.ring(job.state.isUnfinished ? .work : .end)
    }
  }
}
