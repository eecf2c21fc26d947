import Glibc

/// The names in a directory.
enum FileNames {
  /// All but `.`, `..` and other hidden ones.
  /// - Throws: ``SystemError`` when they can't be read, `ENOENT` when there is no such directory.
  static func all(in directory: String) throws(SystemError) -> [String] {
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
  static func number(_ name: some StringProtocol) -> Int64? {
    guard let number = Int64(name), number >= 0, String(number) == name else { return nil }
    return number
  }
}

/// Whole small files, such as the kernel's.
enum FileBytes {
  /// - Throws: ``SystemError`` when it can't be read.
  static func read(_ path: String) throws(SystemError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("read \(path)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("read \(path)") }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }
}
