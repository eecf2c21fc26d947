extension ZoneRules {
  /// Reads a file of the zone database, of version 1 or later.
  ///
  /// Source: RFC 8536, section 3. Later versions repeat the data with 64 bits; only those are read.
  /// - Throws: ``InvalidZone`` for bytes that aren't such a file or end too early, and for files
  ///   that count leap seconds (`right/`), because their times aren't those of the system's clock.
  public init(tzif bytes: [UInt8]) throws(InvalidZone) {
    var file = TZifReader(bytes)
    let header = try file.header()
    if header.version == 0 {
      let (initial, changes) = try file.data(header, timeBytes: 4)
      self.init(initial: initial, changes: changes, rule: nil)
      return
    }
    try file.skip(header.length(timeBytes: 4))
    let (initial, changes) = try file.data(try file.header(), timeBytes: 8)
    self.init(initial: initial, changes: changes, rule: try file.footer())
  }
}

/// Reads a zone file from its start to its end.
private struct TZifReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The numbers that a part of the file begins with.
  struct Header {
    var version: UInt8
    var utcIndicators: Int
    var standardIndicators: Int
    var leapSeconds: Int
    var changes: Int
    var clocks: Int
    var characters: Int

    /// The bytes of the data behind it.
    func length(timeBytes: Int) -> Int {
      changes * (timeBytes + 1) + clocks * 6 + characters + leapSeconds * (timeBytes + 4)
        + standardIndicators + utcIndicators
    }
  }

  mutating func header() throws(InvalidZone) -> Header {
    guard "TZif".utf8.starts(with: bytes[position...].prefix(4)) else {
      throw InvalidZone("isn't a zone file")
    }
    let start = position
    let version = try take(20)[start + 4]
    var counts: [Int] = []
    for _ in 1...6 {
      let count = try number(4)
      guard (0...Int64(bytes.count)).contains(count) else { throw Self.cutShort }
      counts.append(Int(count))
    }
    return Header(
      version: version, utcIndicators: counts[0], standardIndicators: counts[1],
      leapSeconds: counts[2], changes: counts[3], clocks: counts[4], characters: counts[5])
  }

  /// The clock before the first change, and the changes.
  mutating func data(
    _ header: Header, timeBytes: Int
  ) throws(InvalidZone) -> (ZoneRules.Clock, [ZoneRules.Change]) {
    guard header.leapSeconds == 0 else {
      throw InvalidZone("counts leap seconds, which the system's clock doesn't")
    }
    var moments: [Int64] = []
    for _ in 0..<header.changes { moments.append(try number(timeBytes)) }
    let kinds = try take(header.changes)
    let clocks = try clocks(header)
    try skip(header.standardIndicators + header.utcIndicators)

    guard let initial = clocks.first, kinds.allSatisfy({ Int($0) < clocks.count }),
      zip(moments, moments.dropFirst()).allSatisfy(<),
      // Source: RFC 8536, section 3.2: no change is before -2^59.
      moments.allSatisfy({ $0.magnitude <= 1 << 59 })
    else { throw Self.damaged }
    let changes = zip(moments, kinds).map { moment, kind in
      ZoneRules.Change(moment: moment, clock: clocks[Int(kind)])
    }
    return (initial, changes)
  }

  private mutating func clocks(_ header: Header) throws(InvalidZone) -> [ZoneRules.Clock] {
    var found: [(offset: Int64, name: Int)] = []
    for _ in 0..<header.clocks {
      let offset = try number(4)
      let flags = try take(2)
      guard ZoneRules.offsets.contains(offset) else { throw Self.damaged }
      found.append((offset, Int(flags[flags.startIndex + 1])))
    }
    let names = Array(try take(header.characters))
    var clocks: [ZoneRules.Clock] = []
    for (offset, start) in found {
      guard start < names.count, let end = names[start...].firstIndex(of: 0),
        let name = PosixZone.abbreviation(names[start..<end])
      else { throw Self.damaged }
      clocks.append(ZoneRules.Clock(offset: offset, abbreviation: name))
    }
    return clocks
  }

  /// The rule for the time after the last change, between two line ends; nil when it is empty.
  mutating func footer() throws(InvalidZone) -> PosixZone? {
    guard try take(1).first == UInt8(ascii: "\n"),
      let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
    else { throw Self.cutShort }
    let text = try take(end - position)
    guard !text.isEmpty else { return nil }
    guard let rule = PosixZone(text) else { throw Self.damaged }
    return rule
  }

  // MARK: - Bytes

  mutating func skip(_ count: Int) throws(InvalidZone) { _ = try take(count) }

  private mutating func take(_ count: Int) throws(InvalidZone) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else { throw Self.cutShort }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// A number with its sign, the highest byte first.
  private mutating func number(_ count: Int) throws(InvalidZone) -> Int64 {
    let number = try take(count).reduce(0) { $0 << 8 | UInt64($1) }
    return count == 4 ? Int64(Int32(truncatingIfNeeded: number)) : Int64(bitPattern: number)
  }

  private static let cutShort = InvalidZone("is cut short")
  private static let damaged = InvalidZone("is damaged")
}
