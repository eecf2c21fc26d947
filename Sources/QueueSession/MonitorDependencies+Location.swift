import Glibc
import QueueCore
import QueueHost
package import QueueOperations

extension MonitorDependencies {
  /// Monitors the SQLite queue at `location` with this machine's clock and workers.
  package init(_ location: DatabaseLocation) {
    let path = location.path
    let directory = QueueDirectory(database: path)
    let clock = SystemClock()
    self.init(
      open: { () throws(StoreError) in
        try Session(location, creating: false)?.store
      },
      identity: { FileIdentity(path) },
      files: { DatabaseFiles(database: Self.bytes(path), log: Self.bytes(path + "-wal")) },
      now: { clock.now() },
      utcOffsetSeconds: { LocalTime.offsetSeconds(at: $0) },
      isGone: { directory.liveness().isGone($0, at: $1) },
      bell: FileBell(directory), logs: directory)
    trouble = { WorkerLock.note(of: $0.process, in: directory) }
    let zones = ZoneFiles(directory: ProcessEnvironment.current["TZDIR"])
    zone = { name throws(InvalidJob) in try zones.zone(name) }
    supervisors = { () throws(SystemError) in try directory.supervisors() }
  }

  private static func bytes(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
