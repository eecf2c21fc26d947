import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// Two hosts of a queue on a server, one of which is cut off. Each job holds a lock of its own
  /// while it runs, and tells if another has it.
  @Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
  struct CutOffHosts {
    let queue = TestQueue.current
    private let server: ServerQueue

    init() throws { server = try ServerQueue() }

    /// The proxy before the server, and the environment of the host behind it.
    private func cuttableHost() throws -> (proxy: CuttingProxy, [String: String?]) {
      let proxy = try CuttingProxy(before: "\(server.parts.directory)/.s.PGSQL.5432")
      return (proxy, try server.host("far", of: queue, through: proxy.directory))
    }

    private var near: [String: String?] { get throws { try server.host("near", of: queue) } }

    private func succeed(_ arguments: String...) async throws {
      let result = try await queue.run(arguments, adding: try near)
      try #require(result.status == 0, "\(result)")
    }

    private func command(_ seconds: Int) -> String {
      """
      exec 9>"lock-$QUEUECTL_JOB_ID"; flock -n 9 || echo "$QUEUECTL_JOB_ID" >> twice
      trap '' TERM; i=0; while [ $i -lt \(seconds)0 ]; do sleep 0.1 9>&-; i=$((i + 1)); done
      """
    }

    private func start(_ count: Int, on host: [String: String?]) async throws -> ChildProcess {
      let workers = try queue.start(
        program: Binary.path, ["queuectl", "worker", "start", "--count", "\(count)"], adding: host)
      try await workers.line(containing: " ready; ")
      return workers
    }

    private func expectNoneTwice(sourceLocation: SourceLocation = #_sourceLocation) {
      let twice = try? String(contentsOfFile: queue.file("twice"), encoding: .utf8)
      #expect(twice == nil, sourceLocation: sourceLocation)
    }

    @Test(
      arguments: [
        CuttingProxy.Network.silent, .refusing, .oneWay(.toServer), .oneWay(.toClient),
      ])
    func `FAULT 105: a host that is cut off for less than its leash keeps its jobs`(
      network: CuttingProxy.Network
    ) async throws {
      let (proxy, far) = try cuttableHost()
      try await succeed("config", "set", "host-lease", "30s")
      try await succeed("enqueue", "--id", "job", command(6))
      let workers = try await start(1, on: far)
      try await workers.line(containing: "job started")
      let others = try await start(1, on: try near)
      proxy.network = network
      try await Task.sleep(for: .seconds(9))
      proxy.network = .whole
      try await workers.line(containing: "job completed")
      expectNoneTwice()
      #expect(!workers.transcript.text.contains("is ended"), "\(workers.transcript.text)")
      let shown = try await queue.run("show", "job", adding: try near)
      #expect(shown.output.contains("1 of 4") && !shown.output.contains("lost"), "\(shown)")
      try await succeed("worker", "stop")
      try await others.closed()
    }

    @Test func `FAULT 106: a job of a worker that dies on a host that is cut off is ended there`()
      async throws
    {
      let (proxy, far) = try cuttableHost()
      try await succeed("enqueue", "--id", "job", "echo $$ > pid; " + command(1000))
      let workers = try await start(1, on: far)
      try await workers.line(containing: "job started")
      let listed = try await queue.run("worker", "list", "--json", adding: try near)
      let worker = try #require(listed.output.firstMatch(of: #/"pid": ?(\d+)/#)?.output.1)
      proxy.network = .silent
      kill(try #require(pid_t(String(worker))), SIGKILL)
      try await workers.line(containing: "the job of worker process \(worker) is ended")
      let job = try #require(pid_t(try queue.lines(of: "pid").first ?? ""))
      #expect(try await offPool { Processes.wait(forEndOf: job, atMost: .seconds(10)) })
      proxy.network = .whole
      try await succeed("worker", "stop", "--now")
      try await workers.closed()
    }

    @Test(arguments: [CuttingProxy.Network.silent, .refusing, .oneWay(.toServer)])
    func `FAULT 106: a job is over on a host that stays cut off before it runs elsewhere`(
      network: CuttingProxy.Network
    ) async throws {
      let (proxy, far) = try cuttableHost()
      for setting in [("host-lease", "30s"), ("kill-grace", "2s")] {
        try await succeed("config", "set", setting.0, setting.1)
      }
      for job in ["a", "b"] { try await succeed("enqueue", "--id", job, command(40)) }
      let workers = try await start(2, on: far)
      for job in ["a", "b"] { try await workers.line(containing: "\(job) started") }
      let others = try await start(2, on: try near)
      proxy.network = network
      for job in ["a", "b"] {
        try await workers.line(containing: "\(job) is ended", atMost: .seconds(90))
        try await others.line(containing: "\(job) started", atMost: .seconds(90))
      }
      expectNoneTwice()
      proxy.network = .whole
      for job in ["a", "b"] {
        try await workers.line(containing: "\(job) was reclaimed", atMost: .seconds(60))
      }
      try await succeed("worker", "stop", "--now")
      expectNoneTwice()
      let shown = try await queue.run("show", "a", adding: try near)
      #expect(shown.output.contains("lost"), "\(shown)")
    }
  }
}
