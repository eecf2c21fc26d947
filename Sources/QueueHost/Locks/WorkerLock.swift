import CLinux
import Glibc
public import QueueCore

/// A lock file held while the process lives; the kernel releases it however the process ends.
/// It also stores a heartbeat, for when the database is locked or full, and the marks by which
/// the run's leftover processes are found.
public final class WorkerLock {
  private let descriptor: Int32
  private let path: String
  private var latestNote: String?

  /// Locks the file of this process, and records its supervisor.
  public convenience init(
    for process: ProcessIdentity, in directory: QueueDirectory
  ) throws(SystemError) {
    try self.init(at: directory.lock(of: process))
    var content = WorkerNotes()
    if let supervisor = try ProcessTable.Entry(pid: getppid()) {
      content.supervisor = Int64(supervisor.pid)
      content.supervisorStart = supervisor.startTicks
    }
    _ = withUnsafeBytes(of: &content) { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  package init(at path: String) throws(SystemError) {
    self.path = path
    descriptor = try Self.lock(path)
  }

  /// Retries if a cleanup removes the file between open() and flock().
  private static func lock(_ path: String) throws(SystemError) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw SystemError("create \(path)") }
      guard flock(descriptor, LOCK_EX) == 0 else {
        let error = SystemError("lock \(path)")
        close(descriptor)
        throw error
      }
      if hasName(descriptor) { return descriptor }
      close(descriptor)
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  // MARK: - Contents

  /// Records a heartbeat, in uptime.
  public func sign(at now: Duration) { write(now.milliseconds, at: \.sign) }

  package func note(hasUnended: Bool) { write(hasUnended ? 1 : 0, at: \.hasUnended) }

  /// Records that no run is under way.
  package func noteNoRun() { write(0, at: \.run) }

  /// Where a run's first process writes its `clinux_trail`.
  package var trail: (descriptor: Int32, offset: Int) {
    (descriptor, MemoryLayout<WorkerNotes>.offset(of: \.run) ?? 0)
  }

  package func notes() throws(SystemError) -> WorkerNotes {
    guard let notes = try Self.notes(in: descriptor, path) else {
      throw SystemError("read \(path)", code: EIO)
    }
    return notes
  }

  private func write(_ number: Int64, at field: KeyPath<WorkerNotes, Int64>) {
    var number = number
    pwrite(
      descriptor, &number, MemoryLayout<Int64>.size,
      MemoryLayout<WorkerNotes>.offset(of: field) ?? 0)
  }

  /// Stores a text; nil removes it. It fits in the first block, so it works on a full disk.
  public func note(_ text: String?) {
    guard text != latestNote else { return }
    latestNote = text
    let bytes = Array((text ?? "").utf8.prefix(Self.noteLimit))
    pwrite(descriptor, bytes, bytes.count, off_t(Self.notesSize))
    ftruncate(descriptor, off_t(Self.notesSize + bytes.count))
  }

  /// Returns the text stored by a process of this machine; nil if none.
  public static func note(of process: ProcessIdentity, in directory: QueueDirectory) -> String? {
    note(at: directory.lock(of: process))
  }

  private static func note(at path: String) -> String? { try? knownNote(at: path) }

  /// Returns the text in a lock file; nil if the file or the text is missing.
  package static func knownNote(at path: String) throws(SystemError) -> String? {
    do throws(SystemError) {
      let bytes = try FileBytes.read(path)
      return bytes.count > notesSize ? String(decoding: bytes[notesSize...], as: UTF8.self) : nil
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  private static let noteLimit = 2000

  private static let notesSize = MemoryLayout<WorkerNotes>.size

  /// Returns the heartbeat of a process of this machine, in uptime; nil if none.
  public static func latestSign(
    of process: ProcessIdentity, in directory: QueueDirectory
  ) throws(SystemError) -> Duration? {
    guard let notes = try notes(of: process, in: directory), notes.sign != 0 else { return nil }
    return .milliseconds(notes.sign)
  }

  /// Reads a process's lock file; nil if it is missing or an earlier version's.
  package static func notes(
    of process: ProcessIdentity, in directory: QueueDirectory
  ) throws(SystemError) -> WorkerNotes? {
    let path = directory.lock(of: process)
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw SystemError("read \(path)")
    }
    defer { close(descriptor) }
    return try notes(in: descriptor, path)
  }

  private static func notes(
    in descriptor: Int32, _ path: String
  ) throws(SystemError) -> WorkerNotes? {
    var notes = WorkerNotes()
    let count = withUnsafeMutableBytes(of: &notes) {
      pread(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard count >= 0 else { throw SystemError("read \(path)") }
    return count >= MemoryLayout<Int64>.size ? notes : nil
  }

  // MARK: - Locks of other processes

  /// Returns the workers of this host, dead or alive, whose lock files have this pid.
  package static func processes(
    of pid: Int32, in directory: QueueDirectory
  ) throws(SystemError) -> [ProcessIdentity] {
    let own = try LocalHost.thisProcess(locks: directory.locksID)
    return try FileNames.all(in: directory.locks).compactMap { name in
      guard let number = name.wholeMatch(of: /([0-9]+)-([0-9]+)\.lock/),
        Int32(number.1) == pid, let start = Int64(number.2)
      else { return nil }
      return ProcessIdentity(
        host: own.host, site: own.site, boot: own.boot, pid: pid, startTicks: start)
    }
  }

  /// Returns whether a process of this machine holds its lock.
  /// If a cleanup has removed the file, checks whether the process runs.
  public static func isHeld(
    by process: ProcessIdentity, in directory: QueueDirectory
  ) -> Answer {
    isHeld(directory.lock(of: process)) ?? LocalHost.isRunning(process)
  }

  /// Returns nil if the file is missing.
  package static func isHeld(_ path: String) -> Answer? {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else {
      return errno == ENOENT ? nil : .unknown("\(SystemError("open \(path)"))")
    }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return .no }
    return errno == EWOULDBLOCK ? .yes : .unknown("\(SystemError("lock \(path)"))")
  }

  /// Removes a dead process's lock file once its content is no longer needed.
  public static func forget(_ process: ProcessIdentity, in directory: QueueDirectory) {
    removeIfFree(directory.lock(of: process))
  }

  /// Removes the lock files of dead processes, except those whose runs may have leftovers.
  public static func clearAway(in directory: QueueDirectory, but known: [ProcessIdentity]) {
    let needed = Set(known.map(directory.lock))
    // If the listing fails, a later cleanup removes them.
    for name in (try? FileNames.all(in: directory.locks)) ?? [] where name.hasSuffix(".lock") {
      let path = "\(directory.locks)/\(name)"
      if !needed.contains(path) { removeIfFree(path) }
    }
  }

  private static func removeIfFree(_ path: String) {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
    close(descriptor)
  }

  /// Returns whether the file still has a name; true if unknown.
  private static func hasName(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }
}

/// The binary content of a worker's lock file; times are uptime in ms, 0 means none.
package struct WorkerNotes {
  package var sign: Int64 = 0
  /// The supervisor, which adopts the run's processes if the worker dies.
  package var supervisor: Int64 = 0
  package var supervisorStart: Int64 = 0
  /// The latest run and the bounds of its start. The run's first process writes this and the
  /// fields below; see `clinux_trail`.
  package var run: Int64 = 0
  package var startedAfter: Int64 = 0
  package var startedBefore: Int64 = 0
  package var leader: Int64 = 0
  /// 1 if processes of the run can't be killed.
  package var hasUnended: Int64 = 0
}

extension WorkerNotes {
  /// Returns the run's first process; nil if the notes describe another run.
  package func leader(of run: RunID) -> RunTrail.Leader? {
    guard self.run == run.number, let pid = pid_t(exactly: leader), pid > 0,
      startedAfter <= startedBefore
    else { return nil }
    return RunTrail.Leader(
      pid: pid, started: .milliseconds(startedAfter)...(.milliseconds(startedBefore)))
  }

  package func keepers(of worker: ProcessIdentity) -> [RunTrail.Keeper] {
    var keepers = [RunTrail.Keeper(pid: worker.pid, startTicks: worker.startTicks)]
    if let pid = pid_t(exactly: supervisor), pid > 0 {
      keepers.append(RunTrail.Keeper(pid: pid, startTicks: supervisorStart))
    }
    return keepers
  }
}
