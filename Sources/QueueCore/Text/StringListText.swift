/// A list of texts as the text of a JSON array, as it is stored; nil for an empty list.
package enum StringListText {
  /// Returns nil for an empty list.
  package static func encode(_ texts: [String]) -> String? {
    guard !texts.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.array { json in texts.forEach { json.value($0) } }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Reads a stored text; an empty list for nil. Throws `corrupt`.
  package static func decode(_ text: String?) throws(StoreError) -> [String] {
    guard let text else { return [] }
    do {
      var texts: [String] = []
      var reader = JSONReader(Array(text.utf8))
      try reader.readArray { reader throws in texts.append(try reader.readString()) }
      return texts
    } catch {
      throw StoreError(.corrupt, "a stored list is damaged: \(error)")
    }
  }
}
