import Foundation
import Testing

/// A network of hosts, each in its own namespace, with a link to the server's.
final class CutNetwork: Sendable {
  /// Why networks can't be created here; nil if they can.
  static let obstacle: String? = {
    guard geteuid() == 0 else { return "only root makes network namespaces" }
    let tools = ["/usr/sbin/ip", "/usr/bin/nsenter", "/usr/bin/unshare"]
    if let missing = tools.first(where: { !FileManager.default.isExecutableFile(atPath: $0) }) {
      return "\(missing) isn't installed"
    }
    let trial = "/usr/sbin/ip link add cut-trial0 type veth peer name cut-trial1"
    let words = ["unshare", "-n", "sh", "-c", "\(trial) 2>/dev/null"]
    guard
      let child = try? ChildProcess(
        program: "/usr/bin/unshare", arguments: words, environment: [:], directory: "/",
        streams: .transcript)
    else { return "network namespaces can't be made" }
    return child.reap() == 0 ? nil : "network namespaces can't be made and joined"
  }()

  /// How a host's link fails.
  enum Cut: CaseIterable {
    /// Both ends send to an address that no card has.
    case silent
    /// Only packets from the host are lost.
    case silentToServer
    /// Only packets from the server are lost.
    case silentToHost
    /// The host's kernel refuses to send.
    case unreachable
    case linkDown
  }

  private let queue: TestQueue
  private let server: ChildProcess
  private let hosts: [ChildProcess]

  /// Makes the namespaces, and joins each host's with the server's.
  init(hosts count: Int, of queue: TestQueue) async throws {
    self.queue = queue
    server = try await Self.namespace(of: queue)
    var hosts: [ChildProcess] = []
    for _ in 0..<count { hosts.append(try await Self.namespace(of: queue)) }
    self.hosts = hosts
    try await run("ip link set lo up", in: server)
    for (index, host) in hosts.enumerated() {
      try await run(
        """
        ip link add link\(index) type veth peer name uplink netns \(host.pid)
        ip address add 10.99.\(index).1/24 dev link\(index)
        ip link set link\(index) up
        """, in: server)
      try await run(
        """
        ip link set lo up
        ip address add 10.99.\(index).2/24 dev uplink
        ip link set uplink up
        """, in: host)
    }
  }

  /// A process in the server's network.
  var serverPID: pid_t { server.pid }

  /// The server's address, as a host sees it.
  func address(from host: Int) -> String { "10.99.\(host).1" }

  /// The words that run a program on a host.
  func words(on host: Int) -> [String] { Self.entering(hosts[host]) }

  func cut(_ host: Int, _ cut: Cut) async throws {
    let wrong = "lladdr 02:00:00:00:00:99 nud permanent"
    let (own, ours) = ("10.99.\(host).2", address(from: host))
    switch cut {
    case .silent:
      try await run("ip neigh replace \(ours) dev uplink \(wrong)", in: hosts[host])
      try await run("ip neigh replace \(own) dev link\(host) \(wrong)", in: server)
    case .silentToServer:
      try await run("ip neigh replace \(ours) dev uplink \(wrong)", in: hosts[host])
    case .silentToHost:
      try await run("ip neigh replace \(own) dev link\(host) \(wrong)", in: server)
    case .unreachable: try await run("ip route add unreachable \(ours)/32", in: hosts[host])
    case .linkDown: try await run("ip link set uplink down", in: hosts[host])
    }
  }

  func restore(_ host: Int, _ cut: Cut) async throws {
    let (own, ours) = ("10.99.\(host).2", address(from: host))
    switch cut {
    case .silent:
      try await run("ip neigh del \(ours) dev uplink", in: hosts[host])
      try await run("ip neigh del \(own) dev link\(host)", in: server)
    case .silentToServer: try await run("ip neigh del \(ours) dev uplink", in: hosts[host])
    case .silentToHost: try await run("ip neigh del \(own) dev link\(host)", in: server)
    case .unreachable: try await run("ip route del unreachable \(ours)/32", in: hosts[host])
    case .linkDown: try await run("ip link set uplink up", in: hosts[host])
    }
  }

  /// Ends the namespaces, after all that runs in them has ended.
  func end() { for process in hosts + [server] { process.signal(SIGKILL) } }

  private static func namespace(of queue: TestQueue) async throws -> ChildProcess {
    let words = ["unshare", "-n", "sh", "-c", "echo made; exec sleep 100000"]
    let process = try queue.start(program: "/usr/bin/unshare", words)
    try await process.line(containing: "made")
    return process
  }

  private static func entering(_ process: ChildProcess) -> [String] {
    ["/usr/bin/nsenter", "-t", "\(process.pid)", "-n", "--"]
  }

  private func run(_ commands: String, in process: ChildProcess) async throws {
    let words = Self.entering(process) + ["/bin/sh", "-ec", commands]
    let result = try await queue.run(
      program: words[0], words, adding: ["PATH": "/usr/sbin:/usr/bin:/bin"])
    try #require(result.status == 0, "\(result)")
  }
}
