import Foundation

/// A disk that keeps only synced data, replayed from a trace of the commands' system calls in one
/// directory.
///
/// A file's content is durable once the file is synced, a name once its directory is. Unsynced data
/// may survive too, or some sectors of it, in any order. A database's shared memory is never kept.
final class DurableDisk {
  /// A file, whatever its name.
  private final class File {
    var synced: [UInt8] = []
    var content: [UInt8] = []
    var unsynced: [Change] = []

    enum Change { case write(at: Int, [UInt8]), cut(to: Int) }

    /// The disk's atomic unit, in bytes.
    private static let sector = 512

    func change(_ change: Change) {
      Self.apply(change, to: &content)
      unsynced += Self.sectors(of: change)
    }

    private static func sectors(of change: Change) -> [Change] {
      guard case .write(let offset, let bytes) = change else { return [change] }
      var parts: [Change] = []
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + sector - (offset + start) % sector)
        parts.append(.write(at: offset + start, Array(bytes[start..<end])))
        start = end
      }
      return parts
    }

    func sync() {
      for change in unsynced { Self.apply(change, to: &synced) }
      unsynced = []
    }

    /// After a failed write the kernel marks pages clean, so no later sync writes them.
    func failToSync() { unsynced = [] }

    static func apply(_ change: Change, to content: inout [UInt8]) {
      switch change {
      case .cut(let size):
        content = Array(content.prefix(size))
        content += [UInt8](repeating: 0, count: size - content.count)
      case .write(let offset, let bytes):
        let end = offset + bytes.count
        if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
        content.replaceSubrange(offset..<end, with: bytes)
      }
    }
  }

  private let root: String
  private var names: [String: File] = [:]
  private var syncedNames: [String: File] = [:]
  private var directories: Set<String>
  private var syncedDirectories: Set<String>
  /// The unfinished calls of processes, by pid.
  private var begun: [Substring: String] = [:]

  /// - Parameter root: the directory, empty so far.
  init(_ root: String) {
    self.root = root
    directories = [root]
    syncedDirectories = [root]
  }

  /// The arguments of strace, before the program.
  static func tracing(into log: String) -> [String] {
    let calls = [
      "openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "link", "linkat", "unlink",
      "rename", "mkdir",
    ]
    return [
      "strace", "-f", "-y", "-xx", "-s", "1000000", "-e", "trace=\(calls.joined(separator: ","))",
      "-e", "signal=none", "-o", log,
    ]
  }

  /// Replays the trace.
  /// - Parameter step: called after each change, and with the text after each write to a standard
  ///   output.
  func replay(_ trace: String, step: (_ printed: String?) throws -> Void) rethrows {
    for line in trace.split(separator: "\n") {
      let (pid, rest) = Self.cut(line, at: " ")
      var call = rest.drop { $0 == " " }
      if call.hasSuffix("<unfinished ...>") {
        begun[pid] = String(call.dropLast("<unfinished ...>".count))
        continue
      }
      if call.hasPrefix("<... "), let start = begun.removeValue(forKey: pid) {
        call = start + Self.cut(call, at: ">").rest
      }
      let (head, result) = Self.cutLast(call, at: " = ")
      let (name, arguments) = Self.cut(Substring(head), at: "(")
      guard let result, !result.hasPrefix("-1") else {
        if name == "fsync" || name == "fdatasync", let path = Self.describedPath(arguments) {
          names[path]?.failToSync()
        }
        continue
      }
      guard perform(String(name), arguments) else { continue }
      try step(
        name == "write"
          ? Self.quoted(arguments).first.map { String(decoding: $0, as: UTF8.self) } : nil)
    }
  }

  /// - Returns: whether the call matters here.
  private func perform(_ name: String, _ arguments: Substring) -> Bool {
    let texts = Self.quoted(arguments)
    let described = Self.describedPath(arguments)
    switch name {
    case "write": return arguments.hasPrefix("1<")
    case "openat":
      guard let path = texts.first.map(Self.path), isOurs(path), arguments.contains("O_CREAT"),
        names[path] == nil
      else { return false }
      names[path] = File()
    case "mkdir":
      guard let path = texts.first.map(Self.path), isOurs(path) else { return false }
      directories.insert(path)
    case "link", "rename":
      let paths = texts.map(Self.path)
      guard paths.count == 2, isOurs(paths[1]) else { return false }
      names[paths[1]] = names[paths[0]]
      if name == "rename" { names[paths[0]] = nil }
    case "unlink":
      guard let path = texts.first.map(Self.path), isOurs(path) else { return false }
      names[path] = nil
    case "pwrite64":
      guard let described, let file = names[described], let bytes = texts.first,
        let offset = Self.lastNumber(arguments)
      else { return false }
      file.change(.write(at: offset, bytes))
    case "ftruncate":
      guard let described, let file = names[described], let size = Self.lastNumber(arguments)
      else { return false }
      file.change(.cut(to: size))
    case "fsync", "fdatasync":
      guard let described else { return false }
      if let file = names[described] { file.sync() } else { syncNames(in: described) }
    default: return false
    }
    return true
  }

  private func isOurs(_ path: String) -> Bool { path.hasPrefix(root + "/") }

  private func syncNames(in directory: String) {
    guard directories.contains(directory) else { return }
    let isInside = { (path: String) in (path as NSString).deletingLastPathComponent == directory }
    for path in Set(names.keys).union(syncedNames.keys) where isInside(path) {
      syncedNames[path] = names[path]
    }
    syncedDirectories.formUnion(directories.filter(isInside))
  }

  // MARK: - Power loss

  /// Writes the state after a power loss into another directory.
  /// - Parameter chance: decides about each unsynced item; nil loses all of them.
  func write(to target: String, chance: inout (any RandomNumberGenerator)?) throws {
    var kept = syncedNames
    if let path = names.keys.randomElement(with: &chance), Bool.random(with: &chance) {
      kept[path] = names[path]
    }
    for directory in syncedDirectories.sorted() {
      try FileManager.default.createDirectory(
        atPath: target + directory.dropFirst(root.count), withIntermediateDirectories: true)
    }
    for (path, file) in kept where !path.hasSuffix("-shm") {
      guard syncedDirectories.contains((path as NSString).deletingLastPathComponent) else {
        continue
      }
      var content = file.synced
      for change in file.unsynced where Bool.random(with: &chance) {
        File.apply(change, to: &content)
      }
      try Data(content).write(to: URL(fileURLWithPath: target + path.dropFirst(root.count)))
    }
  }

  // MARK: - Reading traces

  private static func cut(_ text: Substring, at end: Character) -> (Substring, rest: Substring) {
    guard let index = text.firstIndex(of: end) else { return (text, "") }
    return (text[..<index], text[text.index(after: index)...])
  }

  private static func cutLast(_ text: Substring, at mark: String) -> (Substring, String?) {
    guard let range = text.range(of: mark, options: .backwards) else { return (text, nil) }
    return (text[..<range.lowerBound], String(text[range.upperBound...]))
  }

  /// The strings of a call; all bytes are written as `\x2f`.
  private static func quoted(_ arguments: Substring) -> [[UInt8]] {
    arguments.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
      .enumerated().filter { $0.offset % 2 == 1 }.map { bytes($0.element) }
  }

  private static func bytes(_ escaped: Substring.UTF8View.SubSequence) -> [UInt8] {
    let digit = { (byte: UInt8) in byte < 0x3A ? byte - 0x30 : byte - 0x61 + 10 }
    var result: [UInt8] = []
    result.reserveCapacity(escaped.count / 4)
    let escaped = Array(escaped)
    for index in stride(from: 0, to: escaped.count - 3, by: 4) {
      result.append(digit(escaped[index + 2]) << 4 | digit(escaped[index + 3]))
    }
    return result
  }

  private static func path(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The file of a call's first descriptor: `4<\x2f…>`.
  private static func describedPath(_ arguments: Substring) -> String? {
    guard let first = arguments.first, first.isNumber else { return nil }
    let name = cut(cut(arguments, at: "<").rest, at: ">").0
    return path(bytes(name.utf8[...]))
  }

  private static func lastNumber(_ arguments: Substring) -> Int? {
    Int(arguments.split(whereSeparator: { " ,)".contains($0) }).last ?? "")
  }
}

extension Bool {
  fileprivate static func random(with chance: inout (any RandomNumberGenerator)?) -> Bool {
    guard var generator = chance else { return false }
    defer { chance = generator }
    return (generator.next() as UInt64) & 1 == 1
  }
}

extension Dictionary.Keys where Key == String {
  fileprivate func randomElement(with chance: inout (any RandomNumberGenerator)?) -> String? {
    guard var generator = chance else { return nil }
    defer { chance = generator }
    let sorted = sorted()
    return sorted.isEmpty ? nil : sorted[Int((generator.next() as UInt64) % UInt64(sorted.count))]
  }
}
