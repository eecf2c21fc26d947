import CLinux
package import Glibc
import QueueCore

/// By what the processes of a run are known among all others, wherever they went and whatever
/// became of the run's worker.
///
/// No sign alone is enough: a process may empty its environment, leave its session, and lose its
/// parent. Those that ended in one way keep the others.
package struct RunTrail {
  /// The run's first process, which leads its session and its process group.
  package struct Leader: Equatable {
    package var pid: pid_t
    /// Moments before and after its start, by the uptime clock: whatever has its number and started
    /// later is another process.
    package var started: ClosedRange<Duration>

    package init(pid: pid_t, started: ClosedRange<Duration>) {
      self.pid = pid
      self.started = started
    }
  }

  /// A process that adopts those of the run whose parent ended: the worker, after it its
  /// supervisor.
  package struct Keeper: Equatable {
    package var pid: pid_t
    package var startTicks: Int64

    package init(pid: pid_t, startTicks: Int64) {
      self.pid = pid
      self.startTicks = startTicks
    }
  }

  /// The run's name among all databases, in the environment of its processes.
  package var runName: String
  /// Nil when it isn't known.
  package var leader: Leader?
  /// In the order in which they adopt.
  package var keepers: [Keeper] = []
  /// The file that its processes write to.
  package var log: FileIdentity?

  package init(
    runName: String, leader: Leader? = nil, keepers: [Keeper] = [], log: FileIdentity? = nil
  ) {
    self.runName = runName
    self.leader = leader
    self.keepers = keepers
    self.log = log
  }

  /// What a process shows of itself beside its entry, if it shows that.
  package struct Inside {
    /// Its variables, `NAME=value` each.
    package var environment: [[UInt8]]
    /// The files that its outputs go to.
    package var outputs: [FileIdentity]
  }

  /// What can be told of a process.
  package enum Membership: Equatable { case member, stranger, unknown(String) }

  /// Whether a process belongs to the run.
  /// - Parameter inside: reads what it shows of itself; nil when that is hidden from this user or
  ///   the process is gone.
  package func membership(
    of entry: ProcessTable.Entry, in table: ProcessTable,
    inside: (pid_t) throws(SystemError) -> Inside?
  ) -> Membership {
    if entry.hasEnded || entry.isKernels || isTooOld(entry) { return .stranger }
    if isInSession(entry, table) { return .member }
    let shown: Inside?
    do throws(SystemError) {
      shown = try inside(entry.pid)
    } catch {
      return .unknown("\(error)")
    }
    if let shown {
      if entry.isBetweenPrograms, shown.environment.isEmpty {
        return .unknown("process \(entry.pid) is just being started")
      }
      let marks = shown.environment.filter { $0.starts(with: Self.mark) }
      if !marks.isEmpty {
        return marks.contains(Self.mark + Array(runName.utf8)) ? .member : .stranger
      }
      if let log, shown.outputs.contains(log) { return .member }
    }
    return isKept(entry, table) ? .member : .stranger
  }

  private static let mark = Array("QUEUECTL_RUN_ID=".utf8)

  /// Whether it started before the run did.
  private func isTooOld(_ entry: ProcessTable.Entry) -> Bool {
    leader.map { entry.startTicks < Self.ticks($0.started.lowerBound) } ?? false
  }

  /// The kernel gives a number to no process while a session or a group has it.
  private func isInSession(_ entry: ProcessTable.Entry, _ table: ProcessTable) -> Bool {
    guard let leader, entry.session == leader.pid || entry.group == leader.pid else { return false }
    guard let first = table.entries[leader.pid] else { return true }
    return first.startTicks <= Self.ticks(leader.started.upperBound)
  }

  /// Whether the nearest of its ancestors in the keepers' session is a keeper. Workers are in the
  /// session of their supervisor, and each run is in others: so a worker keeps what it started
  /// itself, and a supervisor what those workers started that have ended.
  private func isKept(_ entry: ProcessTable.Entry, _ table: ProcessTable) -> Bool {
    // What adopts the worker's orphans adopts those of earlier runs as well: they started before.
    guard leader != nil, let keeper = livingKeeper(table), entry.session != keeper.session else {
      return false
    }
    var ancestor = table.entries[entry.parent]
    // The table isn't of one moment, so it may show a circle.
    for _ in 0..<table.entries.count {
      guard let here = ancestor, here.session != keeper.session else { break }
      // Below a process of an earlier run, which may stay if that succeeded.
      if isTooOld(here) { return false }
      ancestor = table.entries[here.parent]
    }
    return ancestor?.pid == keeper.pid
  }

  /// The first of the keepers that lives: the next one gets nothing before that.
  private func livingKeeper(_ table: ProcessTable) -> ProcessTable.Entry? {
    for keeper in keepers {
      guard let entry = table.entries[keeper.pid], !entry.hasEnded,
        entry.startTicks == keeper.startTicks
      else { continue }
      return entry
    }
    return nil
  }

  private static func ticks(_ uptime: Duration) -> Int64 {
    uptime.milliseconds * ProcessTable.ticksPerSecond / 1000
  }
}

extension RunTrail.Inside {
  /// Reads what a process shows of itself; nil when that is hidden, or it is gone.
  package init?(of pid: pid_t) throws(SystemError) {
    do throws(SystemError) {
      environment = try FileBytes.read("/proc/\(pid)/environ").split(separator: 0).map(Array.init)
    } catch {
      guard LocalHost.isHidden(error.code) else { throw error }
      return nil
    }
    outputs = [1, 2].compactMap { FileIdentity("/proc/\(pid)/fd/\($0)") }
  }
}
