import QueueCore
import QueueTestSupport
import QueueWorker

/// Events of hosts that share the queue.
extension World {
  // MARK: - Links and power

  func setLink(_ link: SimulatedHost.Link) {
    here.link = link
    note("the link to the store is \(link)")
  }

  /// Stops the whole host for as long as a worker on it may be late. After more than the
  /// lease, no host could keep the guarantee.
  func pauseHost() {
    here.pausedUntil = time.now + tolerance
    note("the host stands still")
  }

  func powerOff() {
    endAll()
    here.isUp = false
    note("the host is down")
  }

  /// Boots hosts that are down, at random.
  func boot() {
    for host in hosts where !host.isUp && (isCalm || chance.happens(0.02)) {
      host.isUp = true
      on(host) { startAnew() }
    }
  }

  // MARK: - Time

  private var leaseNow: Duration { ((try? observer.settings()) ?? Settings()).hostLease }

  /// How late a process may be at each of up to four points, and still end its run in time.
  private var tolerance: Duration {
    max(leaseNow / 10, .seconds(5)) / 4
  }

  /// Whether a process may be late without limit, because it has no run to end in time.
  func mayBeLate(_ process: SimulatedProcess) -> Bool {
    hosts.count == 1 || !process.hasLiveRun && !process.isInCharge
  }

  /// Whether a process may be stopped. In the middle of a step it would still start its job, and
  /// then have a run that it can't end.
  func mayBeStopped(_ process: SimulatedProcess) -> Bool {
    mayBeLate(process) && (hosts.count == 1 || !process.isInStep)
  }

  /// Until when a process may be stopped.
  func limit(ofStandingStill process: SimulatedProcess) -> Duration {
    let outer = timeLimits.last ?? .seconds(Int64(Int32.max))
    return mayBeLate(process) ? outer : min(outer, time.now + tolerance)
  }

  /// Lets time pass, while workers with a live run take their due steps.
  func passTimeOfHosts(_ duration: Duration) {
    var rest = duration
    while rest > .zero, violation == nil, timeLimits.last.map({ time.now < $0 }) ?? true {
      let busy = workers.filter { $0.canStep && $0.hasLiveRun }
      let moments = hosts.compactMap(\.pausedUntil) + busy.map(\.dueAt) + timeLimits.suffix(1)
      let passed = min(rest, (moments.min() ?? time.now + rest) - time.now).milliseconds
      advanceClocks(by: .milliseconds(max(1, passed)))
      rest -= .milliseconds(max(1, passed))
      wakeHosts()
      for process in busy where process.canStep && process.dueAt <= time.now && violation == nil {
        step(process)
      }
    }
  }

  private func wakeHosts() {
    for host in hosts where host.pausedUntil.map({ $0 <= time.now }) ?? false {
      host.pausedUntil = nil
      on(host) { note("the host goes on") }
      for process in workers where process.host === host { process.dueAt = time.now }
    }
  }

  // MARK: - Supervisors

  /// Lets the supervisor of a dead worker act at once. If it can't reach the store, it ends the
  /// worker's run before another host takes the job.
  func superviseHost(_ dead: SimulatedProcess) {
    guard !isCalm else { return }
    runCommand("supervisor") { process, store in
      process.isInCharge = true
      do {
        let settings = try store.settings()
        _ = try reclaimer(of: process, store).reclaimLost(
          judgingSilence: false, settings: settings, at: clock.now())
      } catch {
        for run in dead.host.machine.runs where run.starter === dead && run.isAlive {
          guard !rulebook.ledger.wasSuccessful(run.run) else { continue }
          note("\(process) ends run \(run.run) of \(run.job)")
          run.end(by: process)
        }
        throw error
      }
    }
    restartLater(dead)
  }
}
