import CLinux
import Glibc
import QueueHost

/// Shows a file in the user's pager.
enum Pager {
  /// Runs `$PAGER`, or `less`, on the terminal until it exits.
  /// - Parameter end: polls readable when this process must exit; then the pager is ended.
  /// - Returns: the error; nil if the pager ran.
  static func show(_ path: String, until end: Int32) -> String? {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // We block and ignore these signals; the pager needs the defaults.
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let words = ["sh", "-c", "exec ${PAGER:-less} \"$1\"", "sh", path]
    let arguments = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var child: pid_t = 0
    guard posix_spawn(&child, "/bin/sh", nil, &attributes, arguments, environ) == 0 else {
      return "can't start another process for the pager"
    }
    let status = wait(forEndOf: child, orFor: end)
    // The shell's statuses for a missing or non-executable command.
    guard [126, 127].contains(clinux_exit_or_negative_signal(status)) else { return nil }
    return getenv("PAGER") == nil
      ? "less isn't installed: set PAGER" : "PAGER can't be run as it is set"
  }

  /// The time for the pager to restore the terminal; shorter than this process's own deadline after
  /// a signal.
  private static let grace = Duration.seconds(1)

  /// - Returns: the process's status from waitpid.
  private static func wait(forEndOf child: pid_t, orFor end: Int32) -> Int32 {
    let ended = clinux_pidfd_open(child)
    defer { close(ended) }
    if ended >= 0, !Poll.wait(for: [ended, end], atMost: nil).contains(ended) {
      kill(child, SIGTERM)
      if Poll.wait(for: [ended], atMost: grace).isEmpty { kill(child, SIGKILL) }
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}
