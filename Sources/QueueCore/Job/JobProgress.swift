/// What a running job says of itself.
public struct JobProgress: Equatable, Sendable {
  /// How much of it is done, 0 to 100.
  public let percent: Double
  /// What it is at, in a few words; nil for nothing.
  public let message: String?

  /// What a percentage may be.
  public static let percents = 0.0...100.0
  /// Characters of a message that are kept; what is longer is cut.
  public static let longestMessage = 200

  /// What was checked before, such as what is read from a store.
  public init(trustedPercent percent: Double, message: String?) {
    self.percent = percent
    self.message = message
  }

  /// What a job says: `40` or `40%`, and any text.
  /// - Throws: ``InvalidJob`` for what isn't a number from 0 to 100.
  public init(percent text: String, message: String?) throws(InvalidJob) {
    let number = text.hasSuffix("%") ? String(text.dropLast()) : text
    guard let percent = Double(number), Self.percents.contains(percent) else {
      throw InvalidJob(
        field: "progress",
        problem: "must be a number from 0 to 100, not \(quoted: text)")
    }
    let words = message.map { String($0.prefix(Self.longestMessage)) }
    self.init(trustedPercent: percent, message: words == "" ? nil : words)
  }

  /// `40%`, and the message.
  public var text: String {
    ["\(Int(percent))%", message].compactMap { $0 }.joined(separator: " ")
  }
}
