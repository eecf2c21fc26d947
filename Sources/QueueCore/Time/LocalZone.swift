/// A time zone, given by its UTC offsets: converts local times to timestamps.
/// Assumes at most one change of clocks within a few days, of at most a day.
public struct LocalZone: Sendable {
  /// Returns the offset in seconds east of UTC.
  public typealias Offset = @Sendable (Timestamp) -> Int

  private let offset: Offset

  /// The search radius. Offsets are within ±15 h, so it covers both sides of a change.
  private static let reach: Int64 = 36 * 3_600_000
  private static let step: Int64 = 3 * 3_600_000

  /// - Parameter offset: the zone's rule.
  public init(_ offset: @escaping Offset) { self.offset = offset }

  func day(of time: Timestamp) -> CivilDate {
    CivilDate(dayNumber: shown(at: time.milliseconds).floorDivided(by: 86_400_000))
  }

  /// Returns the timestamps of a local time, in order: two in an overlap, none in a gap.
  /// - Parameter local: milliseconds since 1970-01-01 00:00 in local time.
  func moments(showing local: Int64) -> [Timestamp] {
    offsets(around: local).map { local - $0 }.filter { shown(at: $0) == local }.sorted()
      .map(Timestamp.init(milliseconds:))
  }

  /// Returns the first timestamp after the gap that contains a local time.
  func endOfGap(at local: Int64) -> Timestamp {
    let offsets = offsets(around: local)
    // Binary search: the local time is below `local` at `lower`, above it at `upper`.
    var lower = local - (offsets.max() ?? 0)
    var upper = local - (offsets.min() ?? 0)
    while lower + 1 < upper {
      let middle = lower + (upper - lower) / 2
      if shown(at: middle) < local { lower = middle } else { upper = middle }
    }
    return Timestamp(milliseconds: upper)
  }

  private func offsets(around local: Int64) -> Set<Int64> {
    Set(
      stride(from: local - Self.reach, through: local + Self.reach, by: Int(Self.step))
        .map { shown(at: $0) - $0 })
  }

  private func shown(at milliseconds: Int64) -> Int64 {
    milliseconds + Int64(offset(Timestamp(milliseconds: milliseconds))) * 1000
  }
}
