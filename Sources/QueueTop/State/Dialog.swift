import QueueOperations

/// A question before an action. Every key except the confirmation means No.
struct Dialog: Equatable, Sendable {
  var title: String
  /// The affected jobs, in rows of columns.
  var rows: [[String]] = []
  /// Effects to know before confirming.
  var notes: [String] = []
  /// The kind of confirmation.
  var confirmation: Confirmation
  /// The action to confirm.
  var action: Action

  enum Confirmation: Equatable, Sendable {
    /// The key y.
    case yes
    /// The key y, or K for a harsher action.
    case yesOr(label: String, Action)
    /// The number of jobs: the text typed so far, and whether a wrong number was entered.
    case number(Int, typed: String, isWrong: Bool = false)

    /// From this number of jobs on, y isn't enough.
    static let manyCount = 20

    /// The confirmation of an action on `count` jobs, whatever key started it.
    static func of(_ count: Int) -> Confirmation {
      count < manyCount ? .yes : .number(count, typed: "")
    }
  }
}

/// The effect of a key on a question.
enum Answer: Equatable, Sendable {
  /// Confirmed.
  case act(Action)
  /// Answered with No.
  case no
  /// Unanswered.
  case open
}

extension Dialog {
  mutating func answer(_ key: Key) -> Answer {
    switch confirmation {
    case .yes: return key == .character("y") ? .act(action) : .no
    case .yesOr(_, let harsher):
      if key == .character("K") { return .act(harsher) }
      return key == .character("y") ? .act(action) : .no
    case .number(let number, var typed, var isWrong):
      switch key {
      case .character(let digit) where digit.isASCII && digit.isNumber:
        if typed.count < 9 { typed.append(digit) }
      case .character(","): break
      case .backspace: _ = typed.popLast()
      case .control("u"), .control("w"): typed = ""
      case .enter:
        if typed.isEmpty { return .no }
        if Int(typed) == number { return .act(action) }
        isWrong = true
        typed = ""
      default: return .no
      }
      confirmation = .number(number, typed: typed, isWrong: isWrong && typed.isEmpty)
      return .open
    }
  }
}
