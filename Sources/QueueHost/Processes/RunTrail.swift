package import Glibc
import QueueCore

/// The marks that identify a run's processes, even after its worker has died.
/// A process may lose some of them: its environment, its session, its parent.
package struct RunTrail {
  /// The run's first process, leader of its session and process group.
  package struct Leader: Equatable {
    package var pid: pid_t
    /// The bounds of its start, in uptime; a process of this pid that started later is another one.
    package var started: ClosedRange<Duration>

    package init(pid: pid_t, started: ClosedRange<Duration>) {
      self.pid = pid
      self.started = started
    }
  }

  /// A process that adopts the run's orphans: the worker, after its death the supervisor.
  package struct Keeper: Equatable {
    package var pid: pid_t
    package var startTicks: Int64

    package init(pid: pid_t, startTicks: Int64) {
      self.pid = pid
      self.startTicks = startTicks
    }
  }

  /// The run's globally unique name, in the environment of its processes.
  package var runName: String
  package var leader: Leader?
  /// In order of adoption.
  package var keepers: [Keeper] = []
  package var log: FileIdentity?

  package init(
    runName: String, leader: Leader? = nil, keepers: [Keeper] = [], log: FileIdentity? = nil
  ) {
    self.runName = runName
    self.leader = leader
    self.keepers = keepers
    self.log = log
  }

  package struct Inside {
    /// Nil if it is hidden.
    package var environment: [[UInt8]]?
    /// The files behind stdout and stderr.
    package var outputs: [FileIdentity]
    /// Its cgroup v2; nil without one.
    package var cgroup: String?

    package init(environment: [[UInt8]]?, outputs: [FileIdentity], cgroup: String? = nil) {
      self.environment = environment
      self.outputs = outputs
      self.cgroup = cgroup
    }
  }

  package enum Membership: Equatable { case member, stranger, unknown(String) }

  /// Decides whether a process belongs to the run.
  /// - Parameter inside: reads a process's details; nil if they are hidden or the process is gone.
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
    if let cgroup = shown?.cgroup, RunCgroup.isInside(cgroup, of: runName) { return .member }
    if let shown, let environment = shown.environment {
      if entry.isBetweenPrograms, environment.isEmpty {
        return .unknown("process \(entry.pid) is still starting")
      }
      let marks = environment.filter { $0.starts(with: Self.mark) }
      if !marks.isEmpty {
        return marks.contains(Self.mark + Array(runName.utf8)) ? .member : .stranger
      }
      if let log, shown.outputs.contains(log) { return .member }
    }
    return isKept(entry, table) ? .member : .stranger
  }

  private static let mark = Array("QUEUECTL_RUN_ID=".utf8)

  private func isTooOld(_ entry: ProcessTable.Entry) -> Bool {
    leader.map { entry.startTicks < Self.ticks($0.started.lowerBound) } ?? false
  }

  /// Reliable, because Linux doesn't reuse a pid that is still the ID of a session or group.
  private func isInSession(_ entry: ProcessTable.Entry, _ table: ProcessTable) -> Bool {
    guard let leader, entry.session == leader.pid || entry.group == leader.pid else { return false }
    guard let first = table.entries[leader.pid] else { return true }
    return first.startTicks <= Self.ticks(leader.started.upperBound)
  }

  /// Whether the nearest ancestor in the keepers' session is the living keeper.
  /// Workers share their supervisor's session and runs don't, so this finds a run's own worker.
  private func isKept(_ entry: ProcessTable.Entry, _ table: ProcessTable) -> Bool {
    // Without the leader's start time, orphans of earlier runs couldn't be excluded.
    guard leader != nil, let keeper = livingKeeper(table), entry.session != keeper.session else {
      return false
    }
    var ancestor = table.entries[entry.parent]
    // The table isn't an atomic snapshot, so parents may form a cycle.
    for _ in 0..<table.entries.count {
      guard let here = ancestor, here.session != keeper.session else { break }
      // A descendant of an earlier run's process, which may outlive a successful run.
      if isTooOld(here) { return false }
      ancestor = table.entries[here.parent]
    }
    return ancestor?.pid == keeper.pid
  }

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
  /// Reads a process's details; nil if they are hidden or the process is gone.
  package init?(of pid: pid_t) throws(SystemError) {
    cgroup = try LocalHost.contents(of: "/proc/\(pid)/cgroup").flatMap(CgroupPlace.path)
    do throws(SystemError) {
      environment = try FileBytes.read("/proc/\(pid)/environ").split(separator: 0).map(Array.init)
    } catch {
      guard LocalHost.isHidden(error.code) else { throw error }
      (environment, outputs) = (nil, [])
      if cgroup == nil { return nil }
      return
    }
    outputs = [1, 2].compactMap { FileIdentity("/proc/\(pid)/fd/\($0)") }
  }
}
