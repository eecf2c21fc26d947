import CCurses
import CLinux
import Glibc

/// The signals that a program on a terminal gets, as something to read.
final class TerminalSignals {
  /// Polls readable once one is waiting that doesn't end this.
  let descriptor: Int32
  /// Polls readable once one has come that does.
  let endDescriptor: Int32

  private static let ends = [SIGTERM, SIGHUP, SIGQUIT]

  /// Holds them back from now on, in every thread that is started later.
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

  /// The next one that is waiting; nil when none is.
  func next() -> Int32? {
    let number = clinux_next_signal(descriptor)
    return number == 0 ? nil : number
  }

  // MARK: Those that end this

  /// From now on this thread receives them, and the process ends by them even if this thread can't
  /// see to it for two seconds, as while it waits for a terminal that takes nothing.
  func listenForEnd() {
    for signal in Self.ends { curses_end_on(signal, endDescriptor) }
    mask(SIG_UNBLOCK)
    // The parent process may have held back what ends us in the end.
    var alarm = sigset_t()
    sigemptyset(&alarm)
    sigaddset(&alarm, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
  }

  /// The first of them that has come; nil for none.
  var ending: Int32? {
    let signal = curses_ending()
    return signal == 0 ? nil : signal
  }

  /// For as long as another program has the terminal: ^\ is meant for that one, and ^Z stops both.
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
