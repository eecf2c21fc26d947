/// Finds the word that was probably meant.
public enum Suggestion {
  /// The candidate closest to `word` by edit distance; nil when none is near enough to be a slip.
  ///
  /// A wrong suggestion is worse than none: slips rarely hit the first letter, and of a short word
  /// a replaced letter usually makes another word (`cmd` isn't a `cwd` mistyped).
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

  /// Whether short words begin alike, or with the same two letters in another order; and, of words
  /// of up to three letters, whether nothing was replaced. A long word may be mistyped anywhere.
  private static func isSlip(from word: [Character], to candidate: [Character]) -> Bool {
    let isSwapped = word.count > 1 && Array(candidate.prefix(2)) == word.prefix(2).reversed()
    guard word.count > 5 || word.first == candidate.first || isSwapped else { return false }
    return word.count > 3 || word.count != candidate.count || word.sorted() == candidate.sorted()
  }

  /// The end of a message: `; did you mean "max-retries"?`, or nothing.
  public static func hint(for word: String, among candidates: [String]) -> String {
    to(word, among: candidates).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// The fewest insertions, deletions, replacements and swaps of neighbours. Source:
  /// <https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance> (optimal string
  /// alignment)
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
