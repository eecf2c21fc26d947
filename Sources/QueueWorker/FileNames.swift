import Glibc

/// The names in a directory.
enum FileNames {
  /// All but `.`, `..` and other hidden ones; none if it can't be read.
  static func all(in directory: String) -> [String] {
    guard let handle = opendir(directory) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  /// The number that is written so, without sign and leading zeros; nil for another name.
  static func number(_ name: some StringProtocol) -> Int64? {
    guard let number = Int64(name), number >= 0, String(number) == name else { return nil }
    return number
  }
}
