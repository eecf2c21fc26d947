/// Makes job ids: short, typable, sorted by the time they were made.
///
/// An id is 11 characters of Crockford's base 32 in lower case: eight for the time since 2024 in
/// steps of 1/1024 s (good until 2058), three for a number that starts at random and counts up. Ids
/// from one source never repeat; two processes may rarely make the same one, which the store then
/// refuses, and the next one is taken. Ids of earlier versions, whose first six characters were the
/// seconds, sort among them.
public struct JobIDSource {
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  private static let epochSeconds: Int64 = 1_704_067_200  // 2024-01-01T00:00:00Z
  private static let length = 11
  private static let randomBits = 15
  private static let stepsPerSecond: Int64 = 1024

  private var last: UInt64 = 0
  private var generator: any RandomNumberGenerator

  /// - Parameter generator: where the random part comes from.
  public init(using generator: any RandomNumberGenerator = SystemRandomNumberGenerator()) {
    self.generator = generator
  }

  /// The next id, later in order than every one before it.
  public mutating func next(at now: Timestamp) -> JobID {
    let since = max(0, now.milliseconds - Self.epochSeconds * 1000)
    let steps = since / 1000 * Self.stepsPerSecond + since % 1000 * Self.stepsPerSecond / 1000
    if last >> Self.randomBits < UInt64(steps) {
      // Half of the range stays free above, so that counting up rarely runs into the next step.
      last = UInt64(steps) << Self.randomBits | generator.next() >> (64 - Self.randomBits + 1)
    } else {
      last += 1
    }
    return JobID(trusted: Self.encode(last))
  }

  /// Another id for a job whose own is to be free again: that one, a dot, and a made id.
  public mutating func next(after id: JobID, at now: Timestamp) -> JobID {
    let head = id.text.unicodeScalars.prefix(Name.maximumLength - Self.length - 1)
    return JobID(trusted: "\(String(head)).\(next(at: now))")
  }

  /// Whether `text` has the form of a made id, so that a prefix of it may stand for it.
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
