import Glibc
import QueueCore

/// The end of a run's log: its last 64 KiB at first, and then only what is added.
struct LogTail {
  let run: RunID
  private let path: String
  private var bytes: [UInt8] = []
  private var position = 0
  private var isCut = false
  private var dropped = 0

  static let windowBytes = 1 << 16

  init(of run: RunID, at path: String) {
    self.run = run
    self.path = path
  }

  /// What is there now; nil when the file can't be read.
  mutating func read() -> LogText? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    if size < position || size - position > Self.windowBytes {
      bytes = []
      position = max(0, size - Self.windowBytes)
      isCut = position > 0
    }
    append(from: descriptor, upTo: size)
    return LogText(run: run, lines: lines(), first: dropped, sizeBytes: size, isCut: isCut)
  }

  private mutating func append(from descriptor: Int32, upTo size: Int) {
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while position < size {
      let count = pread(descriptor, &chunk, min(chunk.count, size - position), position)
      guard count > 0 else { break }
      // What was given back to the disk in the middle of a long log reads as zeros.
      bytes += chunk[..<count].filter { $0 != 0 }
      position += count
    }
    guard bytes.count > Self.windowBytes else { return }
    let excess = bytes.prefix(bytes.count - Self.windowBytes)
    dropped += excess.count { $0 == 0x0A }
    bytes.removeFirst(excess.count)
    isCut = true
  }

  /// Whole lines; of one that begins before the window, none. The last may still grow.
  private func lines() -> [String] {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if isCut, lines.count > 1 { lines.removeFirst() }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
  }
}
