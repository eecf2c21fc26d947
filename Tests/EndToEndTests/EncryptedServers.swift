import Foundation
import QueueTestSupport
import Testing

/// Two hosts with networks of their own, and a server that they reach by TLS. Its certificate has
/// the address by which the first host knows it.
@Suite(
  .tags(.endToEnd), .ownQueue(limit: .seconds(300)),
  .enabled(if: TestServer.programs != nil, "there is no initdb"),
  .enabled(if: CutNetwork.obstacle == nil, "\(CutNetwork.obstacle ?? "")"),
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"),
    "openssl isn't installed"))
struct EncryptedServers {
  let queue = TestQueue.current
  /// For files that the server reads.
  private let place: TemporaryDirectory

  init() throws {
    place = try TemporaryDirectory()
    try #require(chmod(place.path, 0o755) == 0)
  }

  /// Makes two authorities, and certificates of the first: one that holds and one that has expired.
  private func makeCertificates(for address: String) async throws {
    let script = """
      new='-newkey rsa:2048 -nodes'
      for ca in ca other; do
        openssl req -x509 $new -keyout $ca.key -out $ca.crt -subj /CN=$ca -days 9
      done
      openssl req $new -keyout server.key -out server.csr -subj /CN=\(address)
      echo 'subjectAltName = DNS:\(address), IP:\(address)' > names
      sign='openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial'
      $sign -extfile names -days 9 -out valid.crt
      $sign -extfile names -days -1 -out expired.crt
      chmod 0600 server.key
      chmod 0644 *.crt
      chown \(TestServer.user) server.key
      """
    try await queue.run(
      program: "/bin/sh", ["sh", "-ec", script], adding: ["PATH": "/usr/bin:/bin"], in: place.path
    ).expectSuccess()
  }

  private func access(_ lines: String) throws -> String {
    try "local all all trust\n\(lines)\n".write(
      toFile: place.file("hba"), atomically: true, encoding: .utf8)
    return "hba_file=\(place.file("hba"))"
  }

  private func present(_ certificate: String?, _ server: TestServer) throws {
    if let certificate {
      try server.execute("ALTER SYSTEM SET ssl_cert_file = '\(place.file("\(certificate).crt"))'")
      try server.execute("ALTER SYSTEM SET ssl_key_file = '\(place.file("server.key"))'")
    }
    try server.execute("ALTER SYSTEM SET ssl = \(certificate == nil ? "off" : "on")")
    try server.restart(.fast)
  }

  /// Runs a command of a host with these keys in its address.
  private func run(
    _ arguments: [String], on host: Int, _ network: CutNetwork, keys: String
  ) async throws -> Finished {
    let words = network.words(on: host)
    let address = "postgres://queuectl@\(network.address(from: host))/postgres?\(keys)"
    return try await queue.run(
      program: words[0], words + [Binary.path] + arguments,
      adding: ["QUEUECTL_DB": address, "XDG_STATE_HOME": queue.file("host\(host)")])
  }

  @Test func `FAULT 114: hosts refuse servers and links that sslmode doesn't allow, and say why`()
    async throws
  {
    let network = try await CutNetwork(hosts: 2, of: queue)
    defer { network.end() }
    try await makeCertificates(for: network.address(from: 0))
    let server = try TestServer(
      in: .network(of: network.serverPID), settings: [try access("hostssl all all all trust")])
    try present("valid", server)
    func expect(
      _ keys: String, on host: Int = 0, refusedWith reason: String?,
      sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      let result = try await run(["status"], on: host, network, keys: keys)
      guard let reason else {
        #expect(result.status == 0, "\(keys): \(result)", sourceLocation: sourceLocation)
        return
      }
      let isTold = result.errors.contains(reason) && result.errors.contains("sslmode")
      #expect(result.status == 1 && isTold, "\(keys): \(result)", sourceLocation: sourceLocation)
      let lines = result.errors.split(separator: "\n").count
      #expect(lines == 1, "\(keys): \(result)", sourceLocation: sourceLocation)
    }
    let (ca, other) = (place.file("ca.crt"), place.file("other.crt"))
    try await run(["enqueue", "--id", "job", "true"], on: 0, network, keys: "sslmode=require")
      .expectSuccess()

    try await expect("sslmode=disable", refusedWith: "no encryption")
    try await expect("sslmode=prefer", refusedWith: nil)
    for mode in ["verify-ca", "verify-full"] {
      try await expect("sslmode=\(mode)", refusedWith: "root.crt\" does not exist")
      try await expect("sslmode=\(mode)&sslrootcert=\(other)", refusedWith: "verify failed")
      try await expect("sslmode=\(mode)&sslrootcert=\(ca)", refusedWith: nil)
    }
    // The second host knows the server by another address.
    try await expect("sslmode=verify-ca&sslrootcert=\(ca)", on: 1, refusedWith: nil)
    try await expect(
      "sslmode=verify-full&sslrootcert=\(ca)", on: 1, refusedWith: "does not match host name")

    let drained = try await run(
      ["worker", "start", "--drain"], on: 0, network, keys: "sslmode=verify-full&sslrootcert=\(ca)")
    #expect(drained.status == 0 && drained.output.contains("job completed"), "\(drained)")
    let doctor = try await run(["doctor"], on: 1, network, keys: "sslmode=require")
    #expect(doctor.output.contains("network: the connection is encrypted"), "\(doctor)")

    try present("expired", server)
    try await expect("sslmode=verify-ca&sslrootcert=\(ca)", refusedWith: "verify failed")
    try await expect("sslmode=require", refusedWith: nil)

    _ = try access("host all all all trust")
    try present(nil, server)
    try await expect("sslmode=require", refusedWith: "does not support SSL")
    try await expect("sslmode=prefer", refusedWith: nil)
    let open = try await run(["doctor"], on: 1, network, keys: "sslmode=prefer")
    #expect(open.output.contains("network: the connection isn't encrypted"), "\(open)")
  }
}
