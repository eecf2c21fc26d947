import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueStoreSQLite
import QueueTop

/// What `top` was told, by its flags and the environment.
struct MonitorChoice {
  let readonly: Bool
  let noColor: Bool
  let interval: Duration

  /// All that the monitor needs to know of this place.
  func options(
    for location: DatabaseLocation, environment: ProcessEnvironment = .current
  ) -> Monitor.Options {
    let terminal = environment["TERM"] ?? ""
    return Monitor.Options(
      host: ThisMachine.hostName, database: location.path, origin: location.origin.rawValue,
      isReadOnly: readonly || environment.isSet("QUEUECTL_READONLY"), interval: interval,
      terminal: terminal,
      theme: Theme(
        locale: (environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]),
        terminal: terminal),
      wantsColor: !noColor && (environment["NO_COLOR"] ?? "").isEmpty
        && !terminal.hasSuffix("-mono"),
      isInTmux: environment.isSet("TMUX"))
  }
}

extension MonitorHost {
  /// The queue there, read by SQLite, with this machine's clock and workers.
  init(_ location: DatabaseLocation) {
    let path = location.path
    let directory = QueueDirectory(database: path)
    let clock = SystemClock()
    self.init(
      open: { () throws(StoreError) in
        try SQLiteJobStore.open(path, creating: false, line: directory.path)
      },
      identity: { FileIdentity(path) },
      files: { DatabaseFiles(database: Self.bytes(path), log: Self.bytes(path + "-wal")) },
      now: { clock.now() },
      utcOffsetSeconds: { LocalTime.offsetSeconds(at: $0) },
      isGone: { directory.liveness().isGone($0, at: $1) },
      wake: { WorkerSignal.lookAtOrders($0, of: directory) },
      ring: {
        Doorbell.ring(directory.doorbell)
        Doorbell.ring(directory.endBell)
      },
      removeLogs: { directory.removeLogs(of: $0) },
      logPath: { directory.log(of: $0) })
    trouble = { WorkerLock.note(of: $0.process, in: directory) }
  }

  private static func bytes(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
