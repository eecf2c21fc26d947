import QueueCore
import QueueOperations

extension JobState {
  /// The state's letter, so that colour isn't needed.
  var letter: String {
    switch self {
    case .pending: "."
    case .processing: "R"
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
