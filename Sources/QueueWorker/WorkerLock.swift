import Glibc
public import QueueCore

/// A lock that says that a worker's process lives. The kernel frees it however the process ends.
///
/// In its file is when the worker last said that it does what it should: a sign of life that needs no database, as others may hold that for
/// long, and its disk may be full.
public final class WorkerLock {
  private let descriptor: Int32
  private let path: String

  /// Takes the lock of this process.
  /// - Throws: ``SystemError`` when the file can't be made or locked.
  public convenience init(
    for process: ProcessIdentity, in directory: QueueDirectory
  ) throws(SystemError) {
    try self.init(at: directory.lock(of: process))
  }

  init(at path: String) throws(SystemError) {
    self.path = path
    // Somebody who clears away may take the file between its making and its locking; then another is made.
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw SystemError("make \(path)") }
      guard flock(descriptor, LOCK_EX) == 0 else { throw SystemError("lock \(path)") }
      if Self.isStillThere(path, as: descriptor) {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  /// Leaves a text for those that look at the file; nil for none. It takes no space that the file
  /// doesn't have already, so that a full disk can be reported.
  public func note(_ text: String?) {
    let bytes = Array((text ?? "").utf8.prefix(Self.noteLimit))
    pwrite(descriptor, bytes, bytes.count, off_t(Self.signSize))
    ftruncate(descriptor, off_t(Self.signSize + bytes.count))
  }

  /// What a process of this machine has left as its note; nil for nothing.
  public static func note(of process: ProcessIdentity, in directory: QueueDirectory) -> String? {
    note(at: directory.lock(of: process))
  }

  static func note(at path: String) -> String? {
    guard let bytes = FileBytes.read(path), bytes.count > signSize else { return nil }
    return String(decoding: bytes[signSize...], as: UTF8.self)
  }

  /// Within the first block of a file.
  private static let noteLimit = 2000

  /// Removes the locks that were left by processes that are gone.
  public static func clearAway(in directory: QueueDirectory) {
    for name in FileNames.all(in: directory.locks) where name.hasSuffix(".lock") {
      _ = isHeld("\(directory.locks)/\(name)")
    }
  }

  /// Says that the worker isn't stalled.
  /// - Parameter now: by the uptime clock.
  public func sign(at now: Duration) {
    var milliseconds = now.milliseconds
    pwrite(descriptor, &milliseconds, Self.signSize, 0)
  }

  /// When a process of this machine last said that it isn't stalled, by the uptime clock; nil where that isn't known.
  public static func latestSign(
    of process: ProcessIdentity, in directory: QueueDirectory
  ) -> Duration? {
    let descriptor = open(directory.lock(of: process), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var milliseconds: Int64 = 0
    guard pread(descriptor, &milliseconds, signSize, 0) == signSize else { return nil }
    return .milliseconds(milliseconds)
  }

  private static let signSize = MemoryLayout<Int64>.size

  deinit {
    unlink(path)
    close(descriptor)
  }

  /// Whether a process of this machine still holds its lock. The file of one that is gone is removed.
  ///
  /// Where there is no file, somebody may have cleared away too much: then it is whether the process runs.
  public static func isHeld(by process: ProcessIdentity, in directory: QueueDirectory) -> Bool {
    isHeld(directory.lock(of: process)) ?? ThisMachine.isRunning(process)
  }

  /// Nil when there is no such file.
  static func isHeld(_ path: String) -> Bool? {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT ? nil : true }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return true }
    unlink(path)
    return false
  }

  private static func isStillThere(_ path: String, as descriptor: Int32) -> Bool {
    var named = stat()
    var opened = stat()
    return stat(path, &named) == 0 && fstat(descriptor, &opened) == 0
      && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev
  }
}
