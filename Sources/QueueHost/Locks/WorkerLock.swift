import CLinux
import Glibc
public import QueueCore

/// A lock that says that a worker's process lives. The kernel frees it however the process ends.
///
/// In its file is when the worker last said that it does what it should: a sign of life that needs
/// no database, as others may hold that for long, and its disk may be full. And by what the
/// processes of its run are known, for those that have to end them after it.
public final class WorkerLock {
  private let descriptor: Int32
  private let path: String
  private var latestNote: String?

  /// Takes the lock of this process.
  /// - Throws: ``SystemError`` when the file can't be made or locked.
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

  /// Somebody who clears away may take the file between its making and its locking; then another is
  /// made.
  private static func lock(_ path: String) throws(SystemError) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw SystemError("make \(path)") }
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

  // MARK: - What is in it

  /// Says that the worker isn't stalled.
  /// - Parameter now: by the uptime clock.
  public func sign(at now: Duration) { write(now.milliseconds, at: \.sign) }

  /// Says whether there are processes of its run that it tries to end in vain.
  package func note(hasUnended: Bool) { write(hasUnended ? 1 : 0, at: \.hasUnended) }

  /// Where a new process writes by what its run is known; see `clinux_trail`.
  package var trail: (descriptor: Int32, offset: Int) {
    (descriptor, MemoryLayout<WorkerNotes>.offset(of: \.run) ?? 0)
  }

  /// What is in it now.
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

  /// Leaves a text for those that look at the file; nil for none. It takes no space that the file
  /// doesn't have already, so that a full disk can be reported.
  public func note(_ text: String?) {
    guard text != latestNote else { return }
    latestNote = text
    let bytes = Array((text ?? "").utf8.prefix(Self.noteLimit))
    pwrite(descriptor, bytes, bytes.count, off_t(Self.notesSize))
    ftruncate(descriptor, off_t(Self.notesSize + bytes.count))
  }

  /// The text that a process of this machine has left; nil for nothing.
  public static func note(of process: ProcessIdentity, in directory: QueueDirectory) -> String? {
    note(at: directory.lock(of: process))
  }

  private static func note(at path: String) -> String? { try? knownNote(at: path) }

  /// Returns the text in a lock file; nil when there is no such file, or no text in it.
  package static func knownNote(at path: String) throws(SystemError) -> String? {
    do throws(SystemError) {
      let bytes = try FileBytes.read(path)
      return bytes.count > notesSize ? String(decoding: bytes[notesSize...], as: UTF8.self) : nil
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  /// Within the first block of a file.
  private static let noteLimit = 2000

  private static let notesSize = MemoryLayout<WorkerNotes>.size

  /// When a process of this machine last said that it isn't stalled, by the uptime clock; nil for
  /// never.
  public static func latestSign(
    of process: ProcessIdentity, in directory: QueueDirectory
  ) throws(SystemError) -> Duration? {
    guard let notes = try notes(of: process, in: directory), notes.sign != 0 else { return nil }
    return .milliseconds(notes.sign)
  }

  /// What it says of the worker's run; nil when there is no such file, or it is one of an earlier
  /// version.
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

  // MARK: - Looking at others'

  /// Whether a process of this machine still holds its lock.
  ///
  /// Where there is no file, somebody may have cleared away too much: then it is whether the
  /// process runs.
  public static func isHeld(
    by process: ProcessIdentity, in directory: QueueDirectory
  ) -> Answer {
    isHeld(directory.lock(of: process)) ?? LocalHost.isRunning(process)
  }

  /// Nil when there is no such file.
  package static func isHeld(_ path: String) -> Answer? {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else {
      return errno == ENOENT ? nil : .unknown("\(SystemError("open \(path)"))")
    }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return .no }
    return errno == EWOULDBLOCK ? .yes : .unknown("\(SystemError("lock \(path)"))")
  }

  /// Removes the lock of a process that is gone, once nothing is looked for in its file any more.
  public static func forget(_ process: ProcessIdentity, in directory: QueueDirectory) {
    removeIfFree(directory.lock(of: process))
  }

  /// Removes the locks that were left by processes that are gone.
  /// - Parameter known: processes whose runs may still have to be ended.
  public static func clearAway(in directory: QueueDirectory, but known: [ProcessIdentity]) {
    let needed = Set(known.map(directory.lock))
    // What can't be listed is cleared away another time.
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

  /// Whether a file wasn't removed; where that can't be told, yes.
  private static func hasName(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }
}

/// The content of a worker's lock file. The times are milliseconds of the uptime clock; 0 stands
/// for none everywhere.
package struct WorkerNotes {
  /// The worker's latest sign of life.
  package var sign: Int64 = 0
  /// The worker's supervisor, which adopts the processes of its run after it.
  package var supervisor: Int64 = 0
  package var supervisorStart: Int64 = 0
  /// The latest run that was started, and moments before and after that. From here on written by
  /// the run's first process, see `clinux_trail`.
  package var run: Int64 = 0
  package var startedAfter: Int64 = 0
  package var startedBefore: Int64 = 0
  /// The run's first process.
  package var leader: Int64 = 0
  /// Whether the worker tries in vain to end processes of the run.
  package var hasUnended: Int64 = 0
}

extension WorkerNotes {
  /// The run's first process; nil when the notes are about another run.
  package func leader(of run: RunID) -> RunTrail.Leader? {
    guard self.run == run.number, let pid = pid_t(exactly: leader), pid > 0,
      startedAfter <= startedBefore
    else { return nil }
    return RunTrail.Leader(
      pid: pid, started: .milliseconds(startedAfter)...(.milliseconds(startedBefore)))
  }

  /// The processes that adopt those of the worker's runs.
  package func keepers(of worker: ProcessIdentity) -> [RunTrail.Keeper] {
    var keepers = [RunTrail.Keeper(pid: worker.pid, startTicks: worker.startTicks)]
    if let pid = pid_t(exactly: supervisor), pid > 0 {
      keepers.append(RunTrail.Keeper(pid: pid, startTicks: supervisorStart))
    }
    return keepers
  }
}
