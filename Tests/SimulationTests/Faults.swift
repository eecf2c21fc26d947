/// What may go wrong in one simulation. Each seed has its own mixture, so that some faults are also
/// seen without the others.
struct Faults {
  /// A process dies at a call to the store, once in so many calls.
  var crashes: Double
  /// A call to the store is refused as busy.
  var trouble: Double
  /// A process stands still at a call to the store while others go on.
  var pauses: Double
  /// Workers are killed between two steps.
  var kills: Bool
  /// Workers are stopped with SIGSTOP, and continued later.
  var freezes: Bool
  /// The wall clock is set.
  var wallJumps: Bool
  /// The machine starts anew.
  var reboots: Bool
  /// More time passes than a worker may be silent.
  var leaps: Bool
  /// Workers are told to stop, and their jobs to end.
  var stops: Bool
  /// Queues are paused and limited, and jobs wait for others.
  var holds: Bool
  /// Jobs have keys that no two unfinished ones may share.
  var keys: Bool
  /// Jobs are exported, and imported again after some were removed.
  var moves: Bool
  /// The machine has no room for another process.
  var fullMachine: Bool
  /// The system doesn't tell whether a process lives.
  var blindness: Double
  /// How often schedules are added, changed and removed, in relation to other things; 0 for never.
  var schedules = 0
  /// How many hosts there are. With several, the queue is on a server.
  var hosts = 1
  /// How far the wall clocks of two hosts may differ.
  var clockSpread = Duration.zero
  /// Links of hosts to the store are cut, or lose its answers.
  var cuts = false
  /// Whole hosts stand still for a while, as paused virtual machines do.
  var hostPauses = false

  /// Faults that the queue is known not to survive as promised; off but in the tests that show it.
  var known: Set<KnownGap> = []

  /// None at all.
  static let none = Faults(
    crashes: 0, trouble: 0, pauses: 0, kills: false, freezes: false, wallJumps: false,
    reboots: false, leaps: false, stops: false, holds: false, keys: false, moves: false,
    fullMachine: false, blindness: 0)

  /// Has processes stall often and for long, whatever else goes wrong.
  mutating func stalls() {
    pauses = 0.06
    leaps = true
  }

  /// Has several hosts share the queue, with all that may happen between them.
  mutating func spread(over hosts: Int) {
    self.hosts = hosts
    clockSpread = .seconds(600)
    cuts = true
    hostPauses = true
    // A host that can't tell which processes live can't promise to have ended them either.
    blindness = 0
    // A host that boots after the clock was set has another queue time than those before it.
    if wallJumps { reboots = false }
  }

  mutating func varyHosts(by chance: inout Chance) {
    clockSpread = .seconds(chance.pick([0, 1, 600]) ?? 0)
    cuts = chance.happens(0.8)
    hostPauses = chance.happens(0.5)
  }

  /// A mixture.
  static func mixed(by chance: inout Chance) -> Faults {
    var faults = Faults(
      crashes: chance.pick([0, 0.004, 0.02]) ?? 0, trouble: chance.pick([0, 0.01, 0.05]) ?? 0,
      pauses: chance.pick([0, 0.02, 0.06]) ?? 0, kills: chance.happens(0.6),
      freezes: chance.happens(0.6), wallJumps: chance.happens(0.5), reboots: chance.happens(0.3),
      leaps: chance.happens(0.5), stops: chance.happens(0.6),
      holds: chance.happens(0.4), keys: chance.happens(0.4), moves: chance.happens(0.3),
      fullMachine: chance.happens(0.3), blindness: chance.pick([0, 0, 0.2]) ?? 0)
    faults.schedules = chance.happens(0.4) ? 30 : 0
    return faults
  }
}

/// What the queue doesn't do as promised, and why.
enum KnownGap: CaseIterable, Hashable {
  /// A worker that stands still between its last look at the clock and the start of a job, some
  /// microseconds later, for longer than the lease, starts it although it has been given to
  /// another: nothing that was started can be ended before it is.
  case pauseBeforeStart
}
