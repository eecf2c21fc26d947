import Glibc

/// Lets jobs find queuectl: appends its directory to a `PATH` that has none.
struct SearchPath {
  /// The directory of this binary, given to jobs as `QUEUECTL_BIN`.
  let directory: String
  private let isNamedQueuectl: Bool
  /// Most jobs have the same `PATH`.
  private var latest: (path: [UInt8], result: [UInt8])?

  /// - Parameter program: the absolute path of this binary.
  init?(program: String) {
    guard let end = program.lastIndex(of: "/"), program.hasPrefix("/") else { return nil }
    directory = end == program.startIndex ? "/" : String(program[..<end])
    isNamedQueuectl = Self.hasQueuectl(Array(directory.utf8)[...])
  }

  /// Returns the value for `PATH`.
  mutating func extended(_ path: [UInt8]) -> [UInt8] {
    if let latest, latest.path == path { return latest.result }
    let parts = path.split(separator: UInt8(ascii: ":"))
    let isFound = !isNamedQueuectl || parts.contains(where: Self.hasQueuectl)
    let result = isFound ? path : path + Array(":\(directory)".utf8)
    latest = (path, result)
    return result
  }

  /// Relative parts depend on the job's directory and don't count.
  private static func hasQueuectl(_ directory: ArraySlice<UInt8>) -> Bool {
    guard directory.first == UInt8(ascii: "/") else { return false }
    let file = (directory + Array("/queuectl".utf8) + [0]).map { CChar(bitPattern: $0) }
    return access(file, X_OK) == 0
  }
}
