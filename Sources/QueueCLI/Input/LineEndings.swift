import QueueSession

/// Finds text of Windows, whose lines end with CR LF. The CR would be part of each command, which
/// then fails for a reason that isn't visible.
struct LineEndings {
  private var returns = 0
  private var others = 0
  private var isLastOther = false

  mutating func note(_ line: [UInt8]) {
    isLastOther = line.last != 0x0D
    if isLastOther { others += 1 } else { returns += 1 }
  }

  /// Throws if all lines end with CR; the last one may lack it.
  func check(_ name: String) throws {
    guard returns > 0, others == (isLastOther ? 1 : 0) else { return }
    throw Failure(
      "\(name): the lines end with CR LF; remove each CR with tr -d '\\r', or, if it is part of "
        + "the items, pass them with --each -0; nothing was enqueued", status: .usage)
  }
}
