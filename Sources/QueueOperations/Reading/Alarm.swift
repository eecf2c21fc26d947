import QueueCore

/// A condition of `--fail-if`: `dead>0`, `workers<1`, `lost>=1`.
public struct Alarm: Equatable, Sendable {
  /// The condition as typed.
  public let text: String
  private let figure: Figure
  private let comparison: Comparison
  private let limit: Int

  /// The figures that can be compared.
  package enum Figure: String, CaseIterable, Sendable {
    case pending, processing, completed, failed, dead, cancelled
    /// Jobs that may still run.
    case unfinished
    /// Workers except lost ones, by status.
    case workers, busy, idle, stopping, lost
    /// The longest wait of a job that could run, in whole seconds.
    case oldest
    /// The delay of the latest schedule, in whole seconds.
    case late
    /// Schedules whose last job died.
    case failing

    fileprivate init?(typed name: String) {
      self.init(rawValue: JobState(typed: name)?.rawValue ?? name)
    }

    fileprivate var isDuration: Bool { self == .oldest || self == .late }
  }

  private enum Comparison: String, CaseIterable, Sendable {
    // Longer operators first: `>=` begins with `>`.
    case atLeast = ">="
    case atMost = "<="
    case unequal = "!="
    case equalTwice = "=="
    case above = ">"
    case below = "<"
    case equal = "="

    func holds(_ left: Int, _ right: Int) -> Bool {
      switch self {
      case .atLeast: left >= right
      case .atMost: left <= right
      case .unequal: left != right
      case .equalTwice, .equal: left == right
      case .above: left > right
      case .below: left < right
      }
    }
  }

  /// The names of the figures, for messages.
  public static var figures: [String] { Figure.allCases.map(\.rawValue) }

  /// Parses a figure, a comparison and a whole number; nil if invalid. `oldest` and `late` take
  /// seconds or a duration such as 10m.
  public init?(_ text: String) {
    let compact = text.filter { $0 != " " }
    guard let start = compact.firstIndex(where: { "<>=!".contains($0) }),
      let figure = Figure(typed: String(compact[..<start])),
      let comparison = Comparison.allCases.first(where: { compact[start...].hasPrefix($0.rawValue) }
      ),
      let limit = Self.limit(compact[start...].dropFirst(comparison.rawValue.count), for: figure)
    else { return nil }
    self.text = compact
    self.figure = figure
    self.comparison = comparison
    self.limit = limit
  }

  private static func limit(_ text: Substring, for figure: Figure) -> Int? {
    if let number = Int(text) { return number >= 0 ? number : nil }
    guard figure.isDuration else { return nil }
    return Duration(text: String(text)).map { Int($0.components.seconds) }
  }

  package func isRaised(by snapshot: Snapshot) -> Bool {
    comparison.holds(figure.value(in: snapshot), limit)
  }

  /// The message when the condition holds.
  package func message(for snapshot: Snapshot) -> String {
    let value = figure.value(in: snapshot)
    let shown = figure.isDuration ? Duration.seconds(value).brief : "\(value)"
    return "\(text): \(figure.rawValue) is \(shown)"
  }
}

extension Alarm.Figure {
  package func value(in snapshot: Snapshot) -> Int {
    let workers = snapshot.workers.map(\.condition)
    return switch self {
    case .pending: snapshot.summary.count(.pending)
    case .processing: snapshot.summary.count(.processing)
    case .completed: snapshot.summary.count(.completed)
    case .failed: snapshot.summary.count(.failed)
    case .dead: snapshot.summary.count(.dead)
    case .cancelled: snapshot.summary.count(.cancelled)
    case .unfinished: snapshot.summary.unfinished()
    case .workers: workers.count { $0 != .lost }
    case .busy: workers.count { $0 == .busy }
    case .idle: workers.count { $0 == .idle }
    case .stopping: workers.count { $0 == .stopping }
    case .lost: workers.count { $0 == .lost }
    case .oldest: Int((snapshot.health?.oldest ?? .zero).components.seconds)
    case .late: Int(snapshot.scheduleCounts.longestDelay.components.seconds)
    case .failing: snapshot.scheduleCounts.failing
    }
  }
}
