import CLinux
import Glibc
import QueueCore
import QueueHost

/// A file built as `<path>.new-<pid>-<number>`, locked by its maker and linked into place when
/// complete. A signal that ends the maker removes it. After a SIGKILL or a power loss, the next
/// process that creates a file in the directory does.
struct Draft {
  let path: String
  private let descriptor: Int32
  private let isGuarded: Bool

  /// Creates an empty draft, after removing abandoned ones. Throws `cannotOpen`.
  init(of target: String) throws(StoreError) {
    Self.clearAway(beside: target)
    while true {
      let path = "\(target)\(Self.infix)\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
      let isGuarded = clinux_remove_if_killed(path) == 0
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      let reason = errno
      guard descriptor >= 0 else {
        if isGuarded { clinux_stop_removing() }
        throw StoreError(
          .cannotOpen, "can't create \(target): \(String(cString: strerror(reason)))",
          cause: Int(reason))
      }
      if Self.lock(descriptor) {
        (self.path, self.descriptor, self.isGuarded) = (path, descriptor, isGuarded)
        return
      }
      if isGuarded { clinux_stop_removing() }
      close(descriptor)
    }
  }

  /// Returns false if another process took the draft for abandoned, and removes it. A call that
  /// fails proves nothing, so it counts as success.
  private static func lock(_ descriptor: Int32) -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return errno != EWOULDBLOCK }
    var status = stat()
    return fstat(descriptor, &status) != 0 || status.st_nlink > 0
  }

  /// Removes the draft in any case; a name it was linked to stays.
  func discard() {
    Self.remove(path)
    if isGuarded { clinux_stop_removing() }
    close(descriptor)
  }

  /// Returns the drafts beside `target` whose makers are gone.
  static func abandoned(beside target: String) -> [String] {
    names(beside: target).filter { hold($0) {} }
  }

  static func clearAway(beside target: String) {
    for path in names(beside: target) { _ = hold(path) { remove(path) } }
  }

  /// Locks an abandoned draft during `body`, so that its maker can't. Returns false, without
  /// running `body`, if it has a maker or isn't this user's draft.
  private static func hold(_ path: String, _ body: () -> Void) -> Bool {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    // Lock only files that can be ours.
    guard isOurs(descriptor), flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    body()
    return true
  }

  /// Removes drafts that are hard links to `target`, left between linking and removal.
  static func removeNames(of target: String) {
    guard case .found(let file, _) = FileIdentity.look(at: target) else { return }
    for path in names(beside: target) where path.hasPrefix(target + infix) && !file.hasLeft(path) {
      unlink(path)
    }
  }

  // MARK: - Details

  private static let infix = ".new-"

  /// Removes the main file last: while it exists, the next process finds the rest.
  private static func remove(_ path: String) {
    for suffix in ["-journal", "-wal", "-shm", ""] { unlink(path + suffix) }
  }

  /// Whether a file is this user's, and empty or an SQLite database.
  private static func isOurs(_ descriptor: Int32) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid()
    else { return false }
    var header = [UInt8](repeating: 0, count: 15)
    let count = pread(descriptor, &header, header.count, 0)
    return count == 0 || count == 15 && header.elementsEqual("SQLite format 3".utf8)
  }

  private static func names(beside target: String) -> [String] {
    let directory = DatabaseFile.directory(of: target)
    guard let handle = opendir(directory) else { return [] }
    defer { closedir(handle) }
    var paths: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if isDraft(name) { paths.append(directory + (directory == "/" ? "" : "/") + name) }
    }
    return paths
  }

  private static func isDraft(_ name: String) -> Bool {
    guard let dash = name.lastIndex(of: "-"), UInt32(name[name.index(after: dash)...]) != nil
    else { return false }
    let rest = name[..<dash]
    guard let dash = rest.lastIndex(of: "-"), Int32(rest[rest.index(after: dash)...]) != nil
    else { return false }
    return rest[...dash].hasSuffix(infix)
  }
}
