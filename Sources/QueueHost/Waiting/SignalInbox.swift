import CLinux
import Glibc

/// Delivers signals through a signalfd and keeps them blocked; create it before other threads.
public final class SignalInbox {
  /// Polls readable while a signal is pending.
  public let descriptor: Int32

  /// Blocks the signals and collects them from now on.
  public init(_ signals: [Int32]) throws(SystemError) {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in signals { sigaddset(&mask, signal) }
    descriptor = clinux_signalfd(&mask)
    guard descriptor >= 0 else { throw SystemError("receive signals") }
    // A background worker may still print on the terminal it was started from.
    sigaddset(&mask, SIGTTOU)
    sigprocmask(SIG_BLOCK, &mask, nil)
    signal(SIGPIPE, SIG_IGN)
    // If the parent left SIGCHLD ignored, the kernel would reap our children before we can wait.
    signal(SIGCHLD, SIG_DFL)
  }

  deinit { close(descriptor) }

  /// Returns the next pending signal; nil if none.
  public func next() -> Int32? {
    let number = clinux_next_signal(descriptor)
    return number == 0 ? nil : number
  }
}
