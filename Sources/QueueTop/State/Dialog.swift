import QueueOperations

/// A question before something is done. No is what every key means but the one that says yes.
struct Dialog: Equatable, Sendable {
  var title: String
  /// What it is about, in rows of columns.
  var rows: [[String]] = []
  /// What to know before saying yes.
  var notes: [String] = []
  /// How to say yes.
  var confirmation: Confirmation
  /// What is done then.
  var action: Action

  enum Confirmation: Equatable, Sendable {
    /// The key y.
    case yes
    /// The key y, or K for something harsher.
    case yesOr(label: String, Action)
    /// The number, typed; what is typed so far, and whether another number was entered.
    case number(Int, typed: String, isWrong: Bool = false)

    /// From this many on, y is too easy.
    static let manyCount = 20

    /// How an action on so many is confirmed, whatever key asked for it.
    static func of(_ count: Int) -> Confirmation {
      count < manyCount ? .yes : .number(count, typed: "")
    }
  }
}

/// What a key does to a question.
enum Answer: Equatable, Sendable {
  /// Do that.
  case act(Action)
  /// Do nothing, and ask no more.
  case no
  /// Not answered yet.
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
