/// A worker's queues as the text of a JSON array; nil for all queues.
package enum QueueListText {
  /// Returns nil for no queues.
  package static func encode(_ queues: [String]) -> String? {
    guard !queues.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.array { json in queues.forEach { json.value($0) } }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Reads a stored text; nil for all queues. Throws `corrupt`.
  package static func decode(_ text: String?) throws(StoreError) -> [String] {
    guard let text else { return [] }
    do {
      var queues: [String] = []
      var reader = JSONReader(Array(text.utf8))
      try reader.readArray { reader throws in queues.append(try reader.readString()) }
      return queues
    } catch {
      throw StoreError(.corrupt, "the stored queues of a worker are damaged: \(error)")
    }
  }
}
