/// The rule for names of time zones: those of the zone database, such as `Europe/Berlin`.
package enum ZoneName {
  /// Longer than any; the longest of the database has 32.
  private static let maximumLength = 64

  /// Refuses texts that no zone is called by, and so paths to other files.
  /// - Throws: ``InvalidJob`` for the field `zone`.
  package static func check(_ text: String) throws(InvalidJob) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isFit = parts.allSatisfy { part in !part.isEmpty && part.allSatisfy(isAllowed) }
    guard isFit, text.utf8.count <= maximumLength else {
      throw InvalidJob(
        field: "zone",
        problem: "\(quoted: text) isn't the name of a zone, such as \"Europe/Berlin\"")
    }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
