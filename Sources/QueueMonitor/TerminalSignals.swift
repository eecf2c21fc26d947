import CLinux
import Glibc

/// The signals that a program on a terminal gets, as something to read.
final class TerminalSignals {
  /// Polls readable once one is waiting.
  let descriptor: Int32

  /// Holds them back from now on, in every thread that is started later.
  init() {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in [SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
      sigaddset(&mask, signal)
    }
    pthread_sigmask(SIG_BLOCK, &mask, nil)
    signal(SIGPIPE, SIG_IGN)
    descriptor = clinux_signalfd(&mask)
    precondition(descriptor >= 0, "there is a descriptor left")
  }

  deinit { close(descriptor) }

  /// The next one that is waiting; nil when none is.
  func next() -> Int32? {
    let number = clinux_next_signal(descriptor)
    return number == 0 ? nil : number
  }
}
