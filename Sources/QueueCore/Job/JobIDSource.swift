/// Generates job ids: short, typable, sorted by creation time.
/// 11 characters of Crockford base 32: eight for 1/1024 s since 2024 (until 2058), three that start
/// at random and count up. On a clash between processes, the store takes the next one.
public struct JobIDSource {
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  private static let epochSeconds: Int64 = 1_704_067_200  // 2024-01-01T00:00:00Z
  private static let length = 11
  private static let randomBits = 15
  private static let stepsPerSecond: Int64 = 1024

  private var last: UInt64 = 0
  private var generator: any RandomNumberGenerator

  /// - Parameter generator: the source of the random part.
  public init(using generator: any RandomNumberGenerator = SystemRandomNumberGenerator()) {
    self.generator = generator
  }

  /// Returns the next id, greater than all before it. Ids of earlier versions sort among them.
  public mutating func next(at now: Timestamp) -> JobID {
    let since = max(0, now.milliseconds - Self.epochSeconds * 1000)
    let steps = since / 1000 * Self.stepsPerSecond + since % 1000 * Self.stepsPerSecond / 1000
    if last >> Self.randomBits < UInt64(steps) {
      // Draw from the lower half, so that counting up rarely overflows into the next time step.
      last = UInt64(steps) << Self.randomBits | generator.next() >> (64 - Self.randomBits + 1)
    } else {
      last += 1
    }
    return JobID(trusted: Self.encode(last))
  }

  /// Returns a new id for a job whose id is freed for reuse: the old id, a dot and a generated one.
  public mutating func next(after id: JobID, at now: Timestamp) -> JobID {
    let head = id.text.unicodeScalars.prefix(Name.maximumLength - Self.length - 1)
    return JobID(trusted: "\(String(head)).\(next(at: now))")
  }

  /// Whether `text` has the form of a generated id, which may be abbreviated to a prefix.
  public static func couldHaveMade(_ text: String) -> Bool {
    text.utf8.count == length && text.utf8.allSatisfy(alphabet.contains)
  }

  private static func encode(_ value: UInt64) -> String {
    String(unsafeUninitializedCapacity: length) { buffer in
      var rest = value
      for index in stride(from: length - 1, through: 0, by: -1) {
        buffer[index] = alphabet[Int(rest & 31)]
        rest >>= 5
      }
      return length
    }
  }
}
