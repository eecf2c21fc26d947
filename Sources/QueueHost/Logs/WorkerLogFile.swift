import Glibc

/// The file `workers.log`, for a process that prints into it: at its bound it becomes
/// `workers.log.1`, and all that print go on in a new one.
public struct WorkerLogFile {
  private let path: String

  private static let limitBytes = 10 << 20

  /// Nil for a process that prints to somewhere else.
  public init?(_ path: String) {
    self.path = path
    guard isInPlace else { return nil }
  }

  /// Begins a new file if this one is full, or another process has begun one.
  public func turn() {
    var status = stat()
    guard fstat(STDOUT_FILENO, &status) == 0 else { return }
    if isInPlace {
      guard status.st_size > Self.limitBytes else { return }
      // Of several processes that find it full, one renames it.
      guard flock(STDOUT_FILENO, LOCK_EX | LOCK_NB) == 0 else { return }
      defer { flock(STDOUT_FILENO, LOCK_UN) }
      guard isInPlace, rename(path, path + ".1") == 0 else { return }
    }
    reopen()
  }

  private func reopen() {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
    // Otherwise it goes on in the old one, and tries again.
    guard file >= 0 else { return }
    for output in [STDOUT_FILENO, STDERR_FILENO] { dup2(file, output) }
    close(file)
  }

  /// Whether the file that this process prints to is the one of that name.
  private var isInPlace: Bool {
    var (named, printed) = (stat(), stat())
    return stat(path, &named) == 0 && fstat(STDOUT_FILENO, &printed) == 0
      && named.st_ino == printed.st_ino && named.st_dev == printed.st_dev
  }
}
