import CLinux
import Glibc

/// Signals as something to read: they interrupt nothing and none is missed.
///
/// Made before any other thread. The signals stay blocked for good; processes started from here get
/// them back at their defaults.
public final class SignalInbox {
  /// Polls readable once a signal is waiting.
  public let descriptor: Int32

  /// Blocks the signals and collects them from now on.
  /// - Throws: ``SystemError`` when there is no descriptor for it.
  public init(_ signals: [Int32]) throws(SystemError) {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in signals { sigaddset(&mask, signal) }
    descriptor = clinux_signalfd(&mask)
    guard descriptor >= 0 else { throw SystemError("listen for signals") }
    // A worker in the background may still print on the terminal it was started from.
    sigaddset(&mask, SIGTTOU)
    sigprocmask(SIG_BLOCK, &mask, nil)
    signal(SIGPIPE, SIG_IGN)
    // Whoever starts us may ignore it, and so would we: children would go without a word, and
    // nobody could wait for them.
    signal(SIGCHLD, SIG_DFL)
  }

  deinit { close(descriptor) }

  /// The next signal that is waiting; nil when none is.
  public func next() -> Int32? {
    let number = clinux_next_signal(descriptor)
    return number == 0 ? nil : number
  }
}
