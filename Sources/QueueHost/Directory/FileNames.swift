import Glibc

/// The names in a directory.
package enum FileNames {
  /// All but `.`, `..` and other hidden ones.
  /// - Throws: ``SystemError`` when they can't be read, `ENOENT` when there is no such directory.
  package static func all(in directory: String) throws(SystemError) -> [String] {
    guard let handle = opendir(directory) else { throw SystemError("list \(directory)") }
    defer { closedir(handle) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw SystemError("list \(directory)") }
    return names
  }

  /// The number that is written so, without sign and leading zeros; nil for another name.
  package static func number(_ name: some StringProtocol) -> Int64? {
    guard let number = Int64(name), number >= 0, String(number) == name else { return nil }
    return number
  }
}
