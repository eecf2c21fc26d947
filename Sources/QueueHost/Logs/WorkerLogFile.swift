import Glibc

/// Rotates `workers.log`, the shared output of background workers, to `workers.log.1`.
public struct WorkerLogFile {
  private let path: String

  private static let limitBytes = 10 << 20

  /// Returns nil if this process prints elsewhere.
  public init?(_ path: String) {
    self.path = path
    guard isInPlace else { return nil }
  }

  /// Switches to a new file if this one is full or has been rotated.
  public func turn() {
    var status = stat()
    guard fstat(STDOUT_FILENO, &status) == 0 else { return }
    if isInPlace {
      guard status.st_size > Self.limitBytes else { return }
      // Several processes may find it full; the lock lets one rename it.
      guard flock(STDOUT_FILENO, LOCK_EX | LOCK_NB) == 0 else { return }
      defer { flock(STDOUT_FILENO, LOCK_UN) }
      guard isInPlace, rename(path, path + ".1") == 0 else { return }
    }
    reopen()
  }

  private func reopen() {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
    // On failure, keep the old file; the next call retries.
    guard file >= 0 else { return }
    for output in [STDOUT_FILENO, STDERR_FILENO] { dup2(file, output) }
    close(file)
  }

  private var isInPlace: Bool {
    var (named, printed) = (stat(), stat())
    return stat(path, &named) == 0 && fstat(STDOUT_FILENO, &printed) == 0
      && named.st_ino == printed.st_ino && named.st_dev == printed.st_dev
  }
}
