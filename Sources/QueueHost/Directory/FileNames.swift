import Glibc

package enum FileNames {
  /// Returns the names in a directory without hidden ones; throws `ENOENT` if it is missing.
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

  /// Parses a decimal number without sign or leading zeros; nil for any other name.
  package static func number(_ name: some StringProtocol) -> Int64? {
    guard let number = Int64(name), number >= 0, String(number) == name else { return nil }
    return number
  }
}
