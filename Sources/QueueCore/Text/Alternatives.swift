extension Array<String> {
  /// The words as alternatives: `a`, `a or b`, `a, b or c`.
  package var asAlternatives: String {
    guard let last, count > 1 else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " or " + last
  }
}
