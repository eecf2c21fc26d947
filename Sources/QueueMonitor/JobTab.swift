import QueueCore

/// The lists of jobs that there are, in the order of their keys.
enum JobTab: Int, CaseIterable, Sendable {
  case processing, pending, failed, dead, completed, all

  /// The state whose jobs it has; nil for all.
  var state: JobState? {
    switch self {
    case .processing: .processing
    case .pending: .pending
    case .failed: .failed
    case .dead: .dead
    case .completed: .completed
    case .all: nil
    }
  }

  /// The key that shows it.
  var number: Int { rawValue + 1 }

  /// Its name among the others: four letters, or two where there is less room.
  var name: String {
    switch self {
    case .processing: "Proc"
    case .pending: "Pend"
    case .failed: "Fail"
    case .dead: "DEAD"
    case .completed: "Done"
    case .all: "All"
    }
  }

  /// What its jobs are called.
  var adjective: String { state.map { "\($0.rawValue) " } ?? "" }

  /// The next one, or the one before, around the ends.
  func stepped(by step: Int) -> JobTab {
    let count = Self.allCases.count
    return Self.allCases[(rawValue + step + count) % count]
  }
}

extension QueueSummary {
  /// How many jobs a tab has.
  func count(_ tab: JobTab) -> Int {
    tab.state.map { count($0) } ?? JobState.allCases.reduce(0) { $0 + count($1) }
  }
}

extension JobState {
  /// One letter that says it without colour.
  var letter: String {
    switch self {
    case .pending: "."
    case .processing: ">"
    case .failed: "~"
    case .dead: "x"
    case .completed: "+"
    case .cancelled: "-"
    }
  }

  var style: Style {
    switch self {
    case .pending: .plain
    case .processing: Style(ink: .blue, isBold: true)
    case .failed: .warning
    case .dead: .alarm
    case .completed, .cancelled: .faint
    }
  }
}
