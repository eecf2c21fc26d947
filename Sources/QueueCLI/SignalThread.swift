import Glibc

/// A thread that receives signals while the main thread waits for something else.
enum SignalThread {
  private final class Receiver {
    var signals: sigset_t
    let handle: (Int32) -> Bool

    init(_ signals: [Int32], _ handle: @escaping (Int32) -> Bool) {
      self.signals = SignalThread.set(of: signals)
      self.handle = handle
    }

    func receive() -> Never {
      var signal: Int32 = 0
      repeat { sigwait(&signals, &signal) } while handle(signal)
      pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      while true { pause() }
    }
  }

  /// Blocks the signals. Call it before any other thread starts, because threads inherit the mask.
  static func hold(_ signals: [Int32]) {
    var set = set(of: signals)
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Calls `handle` on a thread for each of the held signals, also for one that is pending already,
  /// until it returns false. From then on they end the program, as by default.
  /// - Returns: why there is no thread, for which they end the program at once; nil for success.
  static func start(_ signals: [Int32], _ handle: @escaping (Int32) -> Bool) -> String? {
    let receiver = Unmanaged.passRetained(Receiver(signals, handle))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Receiver>.fromOpaque(context).takeRetainedValue().receive()
      }, receiver.toOpaque())
    guard code != 0 else { return nil }
    receiver.release()
    var set = set(of: signals)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    return String(cString: strerror(code))
  }

  private static func set(of signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }
}
