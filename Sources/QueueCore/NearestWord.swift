/// Finds the word that was probably meant.
public enum NearestWord {
  /// The candidate closest to `word` by edit distance; nil when none is near enough to be a slip.
  public static func to(_ word: String, among candidates: [String]) -> String? {
    let limit = max(1, word.count / 3)
    return
      candidates
      .map { (word: $0, distance: distance(from: Array(word), to: Array($0))) }
      .filter { $0.distance <= limit }
      .min { $0.distance < $1.distance }?.word
  }

  /// The end of a message: `; did you mean "max-retries"?`, or nothing.
  public static func hint(for word: String, among candidates: [String]) -> String {
    to(word, among: candidates).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// Levenshtein's distance: the fewest insertions, deletions and replacements.
  private static func distance(from source: [Character], to target: [Character]) -> Int {
    var row = Array(0...target.count)
    for (i, sourceCharacter) in source.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, targetCharacter) in target.enumerated() {
        let replaced = diagonal + (sourceCharacter == targetCharacter ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[target.count]
  }
}
