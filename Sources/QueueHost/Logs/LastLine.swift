import Glibc
public import QueueCore

package enum LastLine {
  private static let window = 4096
  private static let longest = 300

  /// Returns the last line that isn't blank; nil if none. One of more than 300 characters is cut,
  /// and ends with `…`. U+FFFD takes the place of NUL, which not every store can keep.
  /// - Parameter start: the offset to begin at.
  package static func read(from descriptor: Int32, after start: Int = 0) -> String? {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    var bytes = [UInt8](repeating: 0, count: window)
    let count = pread(descriptor, &bytes, bytes.count, max(start, size - window))
    guard count > 0 else { return nil }
    let lines = bytes[..<count].split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0 }
    guard let last = lines.last(where: { !$0.allSatisfy(isBlank) }) else { return nil }
    let text = String(decoding: last, as: UTF8.self).replacing("\0", with: "\u{FFFD}")
    guard !text.dropFirst(longest).isEmpty else { return text }
    return String(text.prefix(longest - 1)) + "…"
  }
}

extension QueueDirectory {
  /// Returns the last line of a run's log; nil if it is empty or missing.
  public func lastLine(of run: RunID) -> String? {
    guard let descriptor = try? LogFile.open(log(of: run)) else { return nil }
    defer { close(descriptor) }
    return LastLine.read(from: descriptor)
  }
}
