import Foundation
import QueueStorePostgres
import QueueTestSupport
import Testing

/// Hosts with networks of their own, which are cut off from a real server again and again. Each job
/// holds a lock while it runs, ignores TERM, and tells if another run has the lock.
@Suite(
  .tags(.endToEnd), .ownQueue(limit: .seconds(3600)),
  .enabled(if: TestServer.programs != nil, "there is no initdb"),
  .enabled(if: CutNetwork.obstacle == nil, "\(CutNetwork.obstacle ?? "")"))
struct CutNetworks {
  let queue = TestQueue.current

  /// In every test run each host is cut off once, one of them for longer than its lease.
  /// `QUEUECTL_TORTURE_CUTS` sets the number of cuts, half of which are long.
  @Test func `FAULT 105: of hosts whose links are cut none runs a job beside another`()
    async throws
  {
    let cuts = Torture.number("CUTS")
    let hosts = cuts == nil ? CutNetwork.Cut.allCases.count : 10
    let network = try await CutNetwork(hosts: hosts, of: queue)
    defer { network.end() }
    let server = try TestServer(in: .network(of: network.serverPID))
    let near: [String: String?] = [
      "QUEUECTL_DB": server.address.text, "XDG_STATE_HOME": queue.file("near"),
    ]
    for (setting, value) in [("host-lease", "30s"), ("kill-grace", "2s")] {
      try await queue.run("config", "set", setting, value, adding: near).expectSuccess()
    }
    // More than the hosts can run meanwhile.
    let jobs = (0..<(cuts ?? hosts) * 8).map { number in
      #"{"id":"j\#(number)","command":"\#(Self.command([3, 20, 40][number % 3]))"}"#
    }
    let lines = jobs.joined(separator: "\n")
    try await queue.run("enqueue", "--quiet", "-", input: lines, adding: near).expectSuccess()
    let others = try queue.start(
      program: Binary.path, ["queuectl", "worker", "start", "--count", "2"], adding: near)
    try await others.line(containing: " ready; ")

    let share = cuts.map { ($0 + hosts - 1) / hosts } ?? 1
    var workers: [ChildProcess] = []
    for host in 0..<hosts { workers.append(try await start(host, network)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (host, workers) in workers.enumerated() {
        group.addTask {
          for turn in 0..<share {
            let isLong = cuts == nil ? host == 0 : (host + turn) % 2 == 0
            let kind = CutNetwork.Cut.allCases[(host + turn) % CutNetwork.Cut.allCases.count]
            try await cut(host, kind, isLong: isLong, workers, network)
          }
        }
      }
      try await group.waitForAll()
    }
    try await queue.run("worker", "stop", "--now", adding: near, atMost: .seconds(120))
      .expectSuccess()
    for process in workers + [others] { try await process.closed() }
    let twice = try queue.lines(of: "twice")
    #expect(twice == [])
    let ended = workers.reduce(0) { $0 + Self.count("is ended: no answer", in: $1) }
    #expect(ended > 0, "no job was cut off for longer than its leash")
    Torture.report(
      "105 hosts in namespaces", rounds: share * hosts,
      of: "cuts, half of them longer than the lease; \(ended) jobs ended in time",
      violations: twice.count)
  }

  private static func command(_ seconds: Int) -> String {
    "exec 9>lock-$QUEUECTL_JOB_ID; flock -n 9 || echo $QUEUECTL_JOB_ID >> twice; "
      + "trap '' TERM; exec sleep \(seconds)"
  }

  private func start(_ host: Int, _ network: CutNetwork) async throws -> ChildProcess {
    let address = "postgres://queuectl@\(network.address(from: host))/postgres"
    let words =
      network.words(on: host)
      + [Binary.path, "worker", "start", "--trust-others", "--count", "2", "--db", address]
    let workers = try queue.start(
      program: words[0], words, adding: ["XDG_STATE_HOME": queue.file("far\(host)")])
    try await workers.line(containing: " ready; ")
    return workers
  }

  /// Cuts a host off while it runs jobs, and waits until it runs others.
  private func cut(
    _ host: Int, _ kind: CutNetwork.Cut, isLong: Bool, _ workers: ChildProcess,
    _ network: CutNetwork
  ) async throws {
    let started = Self.count(" started, ", in: workers)
    try await workers.line(containing: " started, ", times: max(2, started), atMost: .seconds(300))
    try await network.cut(host, kind)
    try await Task.sleep(for: .seconds(isLong ? .random(in: 32...45) : .random(in: 2...7)))
    try await network.restore(host, kind)
    let before = Self.count(" started, ", in: workers)
    try await workers.line(containing: " started, ", times: before + 1, atMost: .seconds(300))
  }

  private static func count(_ text: String, in process: ChildProcess) -> Int {
    process.transcript.text.split(separator: "\n").count { $0.contains(text) }
  }
}
