import QueueCore
import QueueSession

extension Session {
  /// A note for a tag that no job has, with a similar one.
  func unknown(tag: String) throws -> String? {
    guard !isMissing, try store.tags(startingWith: tag, atMost: 1).first != tag else { return nil }
    // Tags of older jobs may not be listed.
    guard try store.summary(tagged: tag).counts.isEmpty else { return nil }
    let similar = try store.tags(startingWith: String(tag.prefix(1)), atMost: 200)
    return "no job has the tag \(quoted: tag)" + Suggestion.hint(for: tag, among: similar)
  }
}
