import Glibc

/// The variables of a process's environment.
struct ProcessEnvironment: Sendable {
  /// `NAME=value` each, in the kernel's order.
  let texts: [String]

  /// Those of this process.
  static let current = ProcessEnvironment(texts: readAll())

  /// The value of a variable; nil when it isn't set.
  subscript(name: String) -> String? {
    let prefix = name + "="
    return texts.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  /// Whether a variable says yes: it is there, and neither empty nor 0.
  func isSet(_ name: String) -> Bool {
    let value = self[name] ?? ""
    return !value.isEmpty && value != "0"
  }

  private static func readAll() -> [String] {
    var texts: [String] = []
    var entry = environ
    while let text = entry.pointee {
      texts.append(String(cString: text))
      entry += 1
    }
    return texts
  }
}
