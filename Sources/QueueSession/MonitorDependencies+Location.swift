import Glibc
import QueueCore
import QueueHost
package import QueueOperations

extension MonitorDependencies {
  /// Monitors the queue at `location` with this machine's workers.
  package init(_ location: DatabaseLocation) {
    switch location.place {
    case .file(let path): self.init(database: path, location)
    case .server: self.init(queue: MonitoredServer(location))
    }
    let zones = ZoneFiles(directory: ProcessEnvironment.current["TZDIR"])
    zone = { name throws(InvalidJob) in try zones.zone(name) }
  }

  private init(database path: String, _ location: DatabaseLocation) {
    let directory = QueueDirectory(database: path)
    let clock = SystemClock()
    self.init(
      open: { () throws(StoreError) in try Session(location, creating: false)?.store },
      identity: { FileIdentity(path).map(QueueIdentity.file) },
      files: { DatabaseFiles(database: Self.bytes(path), log: Self.bytes(path + "-wal")) },
      now: { clock.now() },
      utcOffsetSeconds: { LocalTime.offsetSeconds(at: $0) },
      isGone: { directory.liveness().isGone($0, at: $1) },
      bell: FileBell(directory), logs: directory)
    self.directory = { directory }
    trouble = { WorkerLock.note(of: $0.process, in: directory) }
    supervisors = { () throws(SystemError) in try directory.supervisors() }
  }

  private init(queue: MonitoredServer) {
    self.init(
      open: { () throws(StoreError) in try queue.open() }, identity: { queue.identity },
      files: { DatabaseFiles() }, now: { queue.now() },
      utcOffsetSeconds: { LocalTime.offsetSeconds(at: $0) },
      isGone: { queue.directory?.liveness().isGone($0, at: $1) ?? false },
      bell: queue, logs: queue)
    directory = { queue.directory }
    trouble = { worker in queue.directory.flatMap { WorkerLock.note(of: worker.process, in: $0) } }
    supervisors = { () throws(SystemError) in try queue.directory?.supervisors() ?? [] }
  }

  private static func bytes(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
