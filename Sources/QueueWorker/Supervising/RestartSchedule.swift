/// When workers that died are replaced: at once, then after longer and longer pauses if worker
/// after worker dies soon. The replacement of a worker that was never ready waits until another is.
struct RestartSchedule {
  /// Workers that became ready, whether or not they still run.
  private(set) var readyCount = 0
  /// The times of the replacements that are due or to come, in uptime.
  private var times: [Duration] = []
  private var quickDeaths = 0
  /// Workers that died before any was ready.
  private var failedStarts = 0
  private let count: Int

  /// A worker that dies without a job within this time counts as failed.
  static let quick = Duration.seconds(5)
  static let longestPause = Duration.seconds(30)

  /// - Parameter count: the number of workers that should run.
  init(count: Int) { self.count = count }

  var isEmpty: Bool { times.isEmpty }

  /// Nil if none is planned.
  var next: Duration? { times.min() }

  func dueCount(at now: Duration) -> Int { times.count { $0 <= now } }

  /// Forgets those that are due.
  mutating func takeDue(at now: Duration) { times.removeAll { $0 <= now } }

  mutating func cancelAll() { times.removeAll() }

  /// Workers can start, so those that failed are tried again.
  mutating func noteReady(at now: Duration) {
    times += Array(repeating: now, count: failedStarts)
    failedStarts = 0
    readyCount += 1
  }

  /// No process could be started.
  mutating func noteFailure(at now: Duration) { times.append(now + Self.quick) }

  /// A worker died before it or any other was ready: it is replaced once another is.
  mutating func noteFailedStart() { failedStarts += 1 }

  /// Plans the replacement of a worker that died.
  /// - Parameters:
  ///   - hadJob: whether it died during a job, whose retry is delayed, so that the next worker can
  ///     start at once.
  ///   - age: how long it lived.
  /// - Returns: the pause before the replacement starts.
  mutating func replace(hadJob: Bool, age: Duration, at now: Duration) -> Duration {
    if !hadJob { quickDeaths = age < Self.quick ? quickDeaths + 1 : 0 }
    let excess = quickDeaths - count
    let pause =
      hadJob || excess <= 0
      ? Duration.zero : min(.seconds(1 << min(excess - 1, 5)), Self.longestPause)
    times.append(now + pause)
    return pause
  }
}
