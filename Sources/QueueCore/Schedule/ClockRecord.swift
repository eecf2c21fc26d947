/// The clocks when schedules were last changed. A later reading tells whether the wall clock was
/// set since.
public struct ClockRecord: Equatable, Sendable {
  /// The boot in which ``shift`` counts; nil if unknown.
  public var boot: BootID?
  /// Wall time minus uptime.
  public var shift: Duration
  /// The wall-clock time.
  public var wall: Timestamp

  /// Within one boot, a larger difference means that the clock was set.
  static let drift = Duration.seconds(60)
  /// Larger between boots, so that differing clocks of hosts don't count as a setback.
  static let driftBetweenBoots = Duration.seconds(3 * 3600)

  /// The clocks at a moment.
  public init(_ now: Moment) {
    boot = now.boot
    shift = .milliseconds(now.wall.milliseconds) - now.uptime
    wall = now.wall
  }

  /// Whether the wall clock was set between a record and a later moment.
  public enum Change: Equatable, Sendable {
    case steady
    case setForward
    /// By how much, at least.
    case setBack(Duration)
  }

  /// Compares the clocks at `now` with these.
  public func change(at now: Moment) -> Change {
    guard let boot, boot == now.boot else {
      return wall - now.wall > Self.driftBetweenBoots ? .setBack(wall - now.wall) : .steady
    }
    let setBack = shift - ClockRecord(now).shift
    if setBack > Self.drift { return isLater(than: now) ? .steady : .setBack(setBack) }
    return setBack < .zero - Self.drift ? .setForward : .steady
  }

  /// Whether `now`, of the same boot, was read before: the process may have stood still since, and
  /// the clock may have been set meanwhile. Of the same millisecond, either may be the earlier one;
  /// a clock that was set back is noticed in the next. Drift makes this true for up to a minute
  /// longer.
  private func isLater(than now: Moment) -> Bool {
    now.uptime <= .milliseconds(wall.milliseconds) - shift
  }

  /// The record after another change of schedules at `now`.
  ///
  /// It is the same after a setback, which is yet to be followed. A clock set forward is recorded
  /// at once: next times may follow from it, so that setting it right is a setback. Within one boot
  /// the shift stays otherwise, so that small setbacks add up until they are noticed.
  public func kept(at now: Moment) -> ClockRecord {
    var kept = ClockRecord(now)
    switch change(at: now) {
    case .setBack: return self
    case .setForward: return kept
    case .steady:
      guard let boot, boot == now.boot else { return kept }
      if isLater(than: now) { return self }
      kept.shift = shift
      return kept
    }
  }

  /// For a store: wall and shift in milliseconds, and the boot.
  public var text: String { "\(wall.milliseconds) \(shift.milliseconds) \(boot?.text ?? "")" }

  /// Reads ``text``; nil for anything else.
  public init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let wall = Int64(parts[0]), let shift = Int64(parts[1]) else {
      return nil
    }
    self.wall = Timestamp(bounded: wall)
    self.shift = .milliseconds(shift)
    boot = parts[2].isEmpty ? nil : BootID(String(parts[2]))
  }
}
