/// The resources that a job's runs get from the kernel; nil where the worker's hold.
public struct ResourceLimits: Equatable, Sendable {
  /// The niceness: 19 yields to everything else, -20 to nothing.
  public var niceness: Int?

  /// Allowed nicenesses.
  public static let nicenesses = -20...19

  /// Memberwise initializer.
  public init(niceness: Int? = nil) {
    self.niceness = niceness
  }

  /// Returns these limits, each replaced by that of `other` if it has one.
  public func overridden(by other: ResourceLimits) -> ResourceLimits {
    ResourceLimits(niceness: other.niceness ?? niceness)
  }

  /// The limits that are set, for display.
  public var described: [(name: String, value: String)] {
    let parts = [("nice", niceness.map { "\($0)" })]
    return parts.compactMap { name, value in value.map { (name, $0) } }
  }

  func check() throws(InvalidJob) {
    if let niceness, !Self.nicenesses.contains(niceness) {
      throw InvalidJob(
        field: "nice",
        problem: "must be from \(Self.nicenesses.lowerBound) to \(Self.nicenesses.upperBound), "
          + "not \(niceness)")
    }
  }
}

extension ResourceLimits {
  /// The stored text, such as `nice=10`; nil without limits.
  package var stored: String? {
    let parts = [niceness.map { "nice=\($0)" }].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  /// Reads a stored text; nil for no limits. Throws `corrupt`.
  package init(stored text: String?) throws(StoreError) {
    self.init()
    for part in (text ?? "").split(separator: " ") {
      let pair = part.split(separator: "=", maxSplits: 1)
      switch (pair.first, pair.last.flatMap { Int($0) }) {
      case ("nice", let number?) where Self.nicenesses.contains(number): niceness = number
      default:
        throw StoreError(
          .corrupt, "the stored limits of a job are damaged: \(quoted: String(part))")
      }
    }
  }
}
