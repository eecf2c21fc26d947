import Glibc

/// A process's environment variables.
package struct ProcessEnvironment: Sendable {
  /// `NAME=value` entries in the kernel's order. Stored as bytes, because they need not be UTF-8.
  package let entries: [[UInt8]]

  /// This process's environment.
  package static let current = ProcessEnvironment(entries: readAll())

  /// A variable's value for display or comparison, with invalid UTF-8 replaced; nil if unset.
  package subscript(name: String) -> String? {
    bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns a variable's bytes; nil if unset.
  package func bytes(of name: String) -> ArraySlice<UInt8>? {
    let prefix = Array("\(name)=".utf8)
    return entries.first { $0.starts(with: prefix) }?.dropFirst(prefix.count)
  }

  /// Returns the value of a variable that is stored or names a file; nil if unset.
  /// - Throws: ``Failure`` if it isn't UTF-8, because replaced bytes would name another file.
  package func text(_ name: String) throws(Failure) -> String? {
    guard let bytes = bytes(of: name) else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure("\(name) isn't valid UTF-8: \(self[name] ?? "")", status: .usage)
    }
    return text
  }

  /// Whether a variable is set and neither empty nor 0.
  package func isSet(_ name: String) -> Bool {
    let value = self[name] ?? ""
    return !value.isEmpty && value != "0"
  }

  private static func readAll() -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var entry = environ
    while let text = entry.pointee {
      entries.append(Array(UnsafeRawBufferPointer(start: text, count: strlen(text))))
      entry += 1
    }
    return entries
  }
}
