/// Suggests corrections of mistyped words.
public enum Suggestion {
  /// Returns the closest candidate by edit distance; nil when none is close enough to be a typo.
  /// Typos rarely hit the first letter, and a letter replaced in a short word usually gives another
  /// word (`cmd` for `cwd`). A wrong suggestion is worse than none.
  public static func to(_ word: String, among candidates: [String]) -> String? {
    let letters = Array(word.lowercased())
    let limit = letters.count > 3 ? max(1, letters.count / 3) : 1
    return
      candidates
      .compactMap { candidate -> (word: String, distance: Int)? in
        let others = Array(candidate.lowercased())
        guard isSlip(from: letters, to: others) else { return nil }
        return (candidate, distance(from: letters, to: others))
      }
      .filter { $0.distance <= limit }
      .min { $0.distance < $1.distance }?.word
  }

  /// Whether words differ by a plausible typo. Short ones must share or swap the first two letters;
  /// with up to three letters, none may be replaced. Long ones may differ anywhere.
  private static func isSlip(from word: [Character], to candidate: [Character]) -> Bool {
    let isSwapped = word.count > 1 && Array(candidate.prefix(2)) == word.prefix(2).reversed()
    guard word.count > 5 || word.first == candidate.first || isSwapped else { return false }
    return word.count > 3 || word.count != candidate.count || word.sorted() == candidate.sorted()
  }

  /// Returns the end of a message, `; did you mean "max-retries"?`, or an empty string.
  public static func hint(for word: String, among candidates: [String]) -> String {
    to(word, among: candidates).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// Returns the end of a message about an unknown name that users choose. The names that begin
  /// with it precede similar ones: it may have been shortened.
  /// - Parameter candidates: similar names, and at least ``mostBeginnings`` of those that begin
  ///   with it, if as many exist.
  public static func hint(forName name: String, among candidates: [String]) -> String {
    // Names are short, so skip the edit distance for text too long to be close.
    guard name.utf8.count <= 4 * Name.maximumLength else { return "" }
    let beginnings = name.utf8.count < 3 ? [] : Set(candidates.filter { $0.hasPrefix(name) })
    guard beginnings.count > 1, let first = beginnings.min() else {
      return beginnings.first.map { "; did you mean \(quoted: $0)?" }
        ?? hint(for: name, among: candidates)
    }
    let count =
      beginnings.count < mostBeginnings ? "\(beginnings.count)" : "at least \(mostBeginnings)"
    return "; \(count) names begin with it, such as \(quoted: first)"
  }

  /// Names that begin with an unknown one are counted up to this.
  public static let mostBeginnings = 20

  /// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
  /// Source: <https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance>
  private static func distance(from source: [Character], to target: [Character]) -> Int {
    var before: [Int] = []
    var row = Array(0...target.count)
    for (i, letter) in source.enumerated() {
      var next = [i + 1]
      for (j, other) in target.enumerated() {
        var least = min(row[j] + (letter == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
        if i > 0, j > 0, letter == target[j - 1], source[i - 1] == other {
          least = min(least, before[j - 1] + 1)
        }
        next.append(least)
      }
      (before, row) = (row, next)
    }
    return row[target.count]
  }
}
