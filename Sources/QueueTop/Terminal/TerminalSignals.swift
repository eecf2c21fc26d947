import CCurses
import CLinux
import Glibc

/// The signals of a terminal program, received through descriptors.
final class TerminalSignals {
  /// Polls readable when a signal is pending that doesn't end the process.
  let descriptor: Int32
  /// Polls readable when an ending signal has arrived.
  let endDescriptor: Int32

  private static let ends = [SIGTERM, SIGHUP, SIGQUIT]

  /// Blocks them from now on, also in threads started later.
  init() {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in [SIGWINCH, SIGTSTP, SIGCONT, SIGINT] { sigaddset(&mask, signal) }
    descriptor = clinux_signalfd(&mask)
    endDescriptor = clinux_eventfd()
    precondition(descriptor >= 0 && endDescriptor >= 0, "there is a descriptor left")
    for signal in Self.ends { sigaddset(&mask, signal) }
    pthread_sigmask(SIG_BLOCK, &mask, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    close(descriptor)
    close(endDescriptor)
  }

  /// Returns the next pending signal; nil for none.
  func next() -> Int32? {
    let number = clinux_next_signal(descriptor)
    return number == 0 ? nil : number
  }

  // MARK: Ending signals

  /// Lets this thread receive them. The process ends even if this thread can't react for two
  /// seconds, because a stalled terminal blocks it.
  func listenForEnd() {
    for signal in Self.ends { curses_end_on(signal, endDescriptor) }
    mask(SIG_UNBLOCK)
    // The parent process may have blocked the signal that finally ends us.
    var alarm = sigset_t()
    sigemptyset(&alarm)
    sigaddset(&alarm, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
  }

  /// The first ending signal that has arrived; nil for none.
  var ending: Int32? {
    let signal = curses_ending()
    return signal == 0 ? nil : signal
  }

  /// While another program has the terminal, ignores ^\, which is meant for that program; ^Z stops
  /// both.
  func whileLent(_ body: () -> Void) {
    var stop = sigset_t()
    sigemptyset(&stop)
    sigaddset(&stop, SIGTSTP)
    let handlers = (signal(SIGQUIT, SIG_IGN), signal(SIGTSTP, SIG_DFL))
    pthread_sigmask(SIG_UNBLOCK, &stop, nil)
    body()
    pthread_sigmask(SIG_BLOCK, &stop, nil)
    signal(SIGTSTP, handlers.1)
    signal(SIGQUIT, handlers.0)
  }

  private func mask(_ how: Int32) {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in Self.ends { sigaddset(&mask, signal) }
    pthread_sigmask(how, &mask, nil)
  }
}
