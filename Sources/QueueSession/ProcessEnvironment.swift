import Glibc

/// The variables of a process's environment.
package struct ProcessEnvironment: Sendable {
  /// `NAME=value` each, in the kernel's order. Bytes, as they are passed on: the kernel doesn't ask
  /// for UTF-8.
  package let entries: [[UInt8]]

  /// Those of this process.
  package static let current = ProcessEnvironment(entries: readAll())

  /// The value of a variable, to be shown or compared: bytes that aren't UTF-8 are replaced. Nil
  /// when it isn't set.
  package subscript(name: String) -> String? {
    bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The value of a variable as it is; nil when it isn't set.
  package func bytes(of name: String) -> ArraySlice<UInt8>? {
    let prefix = Array("\(name)=".utf8)
    return entries.first { $0.starts(with: prefix) }?.dropFirst(prefix.count)
  }

  /// The value of a variable that names a file or is stored; nil when it isn't set.
  /// - Throws: ``Failure`` for one that isn't UTF-8: with bytes replaced it would name another
  ///   file.
  package func text(_ name: String) throws(Failure) -> String? {
    guard let bytes = bytes(of: name) else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure("\(name) isn't valid UTF-8: \(self[name] ?? "")", status: .usage)
    }
    return text
  }

  /// Whether a variable says yes: it is there, and neither empty nor 0.
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
