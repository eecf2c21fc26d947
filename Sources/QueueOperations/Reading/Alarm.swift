import QueueCore

/// A condition that monitoring wants to be told of: `dead>0`, `workers<1`, `lost>=1`.
public struct Alarm: Equatable, Sendable {
  /// As it was typed.
  public let text: String
  private let figure: Figure
  private let comparison: Comparison
  private let limit: Int

  /// What may be compared.
  package enum Figure: String, CaseIterable, Sendable {
    case pending, processing, completed, failed, dead, cancelled
    /// Jobs that still have something to run.
    case unfinished
    /// Workers that aren't lost, and what they do.
    case workers, busy, idle, stopping, lost
    /// How long the first in line has waited, in whole seconds.
    case oldest
    /// How long the schedule that is due for longest has been, in whole seconds.
    case late
    /// Schedules whose last job died.
    case failing

    fileprivate var isDuration: Bool { self == .oldest || self == .late }
  }

  private enum Comparison: String, CaseIterable, Sendable {
    // The longer ones first, so that they are found first.
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

  /// The names of what may be compared, for messages.
  public static var figures: [String] { Figure.allCases.map(\.rawValue) }

  /// Nil when it isn't a name, a comparison and a whole number; for oldest and late that of
  /// seconds, or a duration such as 10m.
  public init?(_ text: String) {
    let compact = text.filter { $0 != " " }
    guard let start = compact.firstIndex(where: { "<>=!".contains($0) }),
      let figure = Figure(rawValue: String(compact[..<start])),
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

  /// What to say when it is raised.
  package func message(for snapshot: Snapshot) -> String {
    "\(text): \(figure.rawValue) is \(figure.value(in: snapshot))"
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
