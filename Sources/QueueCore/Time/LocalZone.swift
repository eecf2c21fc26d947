/// A time zone, by its offsets from UTC: the moments at which its clocks show a date and a time of
/// day.
///
/// Assumes that a zone changes its clocks at most once within a few days, and by at most a day.
public struct LocalZone: Sendable {
  /// Seconds that local clocks are ahead of UTC at a moment.
  public typealias Offset = @Sendable (Timestamp) -> Int

  private let offset: Offset

  /// Offsets lie between -15 h and 15 h, so both sides of a change are this near to the clock's
  /// time.
  private static let reach: Int64 = 36 * 3_600_000
  private static let step: Int64 = 3 * 3_600_000

  /// - Parameter offset: the zone's rule.
  public init(_ offset: @escaping Offset) { self.offset = offset }

  /// The day that local calendars show at a moment.
  func day(of time: Timestamp) -> CivilDate {
    CivilDate(dayNumber: shown(at: time.milliseconds).floorDivided(by: 86_400_000))
  }

  /// The moments at which local clocks show a time, in order: two if they are set back over it,
  /// none if they are set forward over it.
  /// - Parameter local: milliseconds from 1970-01-01 00:00 to that time, as calendars and clocks
  ///   count.
  func moments(showing local: Int64) -> [Timestamp] {
    offsets(around: local).map { local - $0 }.filter { shown(at: $0) == local }.sorted()
      .map(Timestamp.init(milliseconds:))
  }

  /// The first moment after a gap, for a time in it.
  func endOfGap(at local: Int64) -> Timestamp {
    let offsets = offsets(around: local)
    // Clocks show less than `local` at the lower bound, and more at the upper one.
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
