import CLinux
import Glibc
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost
@testable import QueueWorker

@Suite struct `Freezing processes` {
  /// Processes that compute, so that a signal takes effect only when each is scheduled.
  @Test func `all of a run's processes stand still when the freeze returns`() throws {
    let temporary = try TemporaryDirectory()
    let loops = 24
    let spawn = Spawn(
      program: "/bin/sh",
      arguments: [
        "sh", "-c",
        """
        for i in $(seq \(loops)); do while :; do :; done & done
        setsid sh -c 'while :; do :; done' &
        wait
        """,
      ],
      environment: ["QUEUECTL_RUN_ID=freeze-1", "PATH=/usr/bin:/bin"], input: nil, control: nil)
    let (pid, descriptor) = try spawn.start()
    let hunt = LeftoverHunt(trail: RunTrail(runName: "freeze-1"))
    let run = RunningProcess(
      pid: pid, descriptor: descriptor, hunt: { hunt },
      log: try RunLog(path: temporary.file("log"), isShared: false, limitBytes: 1 << 20),
      children: OwnChildren())
    defer {
      run.signal(.kill)
      waitpid(pid, nil, 0)
    }
    try waitFor(loops + 2, of: pid, hunt)
    for round in 1...20 {
      run.freeze()
      let running = try processes(of: pid, hunt).filter { !$0.standsStill }
      #expect(running.map(\.pid) == [], "round \(round): \(running.count) still run")
      run.thaw()
    }
  }

  private func processes(of group: pid_t, _ hunt: LeftoverHunt) throws -> [ProcessTable.Entry] {
    guard case .processes(let found) = hunt.find() else { return [] }
    let table = try ProcessTable.now()
    return found.compactMap { table.entries[$0.pid] }
  }

  private func waitFor(_ count: Int, of group: pid_t, _ hunt: LeftoverHunt) throws {
    for _ in 1...10_000 {
      if try processes(of: group, hunt).count >= count { return }
      usleep(1000)
    }
    Issue.record("the processes didn't start")
  }
}
