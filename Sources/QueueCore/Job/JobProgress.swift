/// Progress reported by a running job.
public struct JobProgress: Equatable, Sendable {
  /// Percent done, 0 to 100.
  public let percent: Double
  /// A short status text; nil for none.
  public let message: String?

  /// Allowed percentages.
  public static let percents = 0.0...100.0
  /// The maximum message length in characters; the rest is cut.
  public static let longestMessage = 200

  /// Wraps checked values, such as stored ones.
  public init(trustedPercent percent: Double, message: String?) {
    self.percent = percent
    self.message = message
  }

  /// Parses `40` or `40%`, and cuts the message. Throws unless the number is from 0 to 100.
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

  /// `40%`, then the message.
  public var text: String {
    ["\(Int(percent))%", message].compactMap { $0 }.joined(separator: " ")
  }
}
