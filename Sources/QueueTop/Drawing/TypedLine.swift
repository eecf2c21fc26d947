import QueueCore

/// The part of a typed line that fits in so many columns, with the cursor in view.
struct TypedLine {
  let text: String
  /// The cursor's column in the text.
  let cursor: Int

  init(_ field: TextField, columns: Int) {
    let before = TerminalText.sanitized(String(field.text.prefix(field.cursor)))
    let after = TerminalText.sanitized(String(field.text.dropFirst(field.cursor)))
    var shown = before.unicodeScalars[...]
    var width = TextWidth.of(before)
    // The cursor needs a column of its own.
    while width >= max(1, columns), let first = shown.popFirst() { width -= TextWidth.of(first) }
    text = String(String.UnicodeScalarView(shown)) + after
    cursor = width
  }
}
