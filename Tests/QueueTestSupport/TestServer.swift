import Foundation
package import Glibc
package import QueueStorePostgres
import Testing

/// A PostgreSQL server of one test, which may stop it in any way. It syncs as a real one does.
package final class TestServer {
  /// The directory of the server's programs; nil if none are installed.
  package static let programs: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let places = ["/usr/bin"] + versions.sorted().map { "\(root)/\($0)/bin" }
    return places.last { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
  }()

  /// How a server is stopped.
  package enum Stop: String, CaseIterable {
    /// All connections are ended.
    case fast
    /// As by a crash: the next start recovers.
    case immediate
  }

  /// What a server shares with a process.
  package enum Namespace {
    /// In whose network it listens; without one it has a Unix socket alone.
    case network(of: Int32)
    /// Whose mounts it sees.
    case mounts(of: Int32)

    fileprivate var isNetwork: Bool { if case .network = self { true } else { false } }

    fileprivate var words: [String] {
      switch self {
      case .network(let pid): ["/usr/bin/nsenter", "-t", "\(pid)", "-n", "--"]
      case .mounts(let pid): ["/usr/bin/nsenter", "-t", "\(pid)", "-m", "--"]
      }
    }
  }

  package let address: ServerAddress
  private let place: TemporaryDirectory
  private let programs: String
  private let namespace: Namespace?
  private let settings: [String]
  private var isRunning = false

  /// Makes a database cluster, and starts its server.
  /// - Parameters:
  ///   - settings: `name=value`, besides those of its place.
  package convenience init(in namespace: Namespace? = nil, settings: [String] = []) throws {
    try self.init(namespace, settings)
    try run(
      "initdb",
      ["-D", data, "-U", "queuectl", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"])
    if namespace?.isNetwork == true {
      let file = try #require(FileHandle(forUpdatingAtPath: "\(data)/pg_hba.conf"))
      try file.seekToEnd()
      try file.write(contentsOf: Data("host all all all trust\n".utf8))
      try file.close()
    }
    try start()
  }

  private init(_ namespace: Namespace?, _ settings: [String]) throws {
    self.namespace = namespace
    self.settings = settings
    programs = try #require(Self.programs)
    place = try TemporaryDirectory()
    let directory = place.path.hasSuffix("/") ? String(place.path.dropLast()) : place.path
    address = try ServerAddress(
      "postgres://queuectl@\(directory.split(separator: "/").map { "%2F\($0)" }.joined())/postgres")
    if geteuid() == 0 {
      let account = try #require(Self.account)
      try #require(chown(directory, account.user, account.group) == 0)
    }
  }

  deinit { if isRunning { try? stop(.immediate) } }

  package func restart(_ stop: Stop) throws {
    try self.stop(stop)
    try start()
  }

  package func stop(_ stop: Stop) throws {
    isRunning = false
    try control(["-m", stop.rawValue, "stop"])
  }

  package func start() throws {
    let settings =
      [
        "listen_addresses=\(namespace?.isNetwork == true ? "*" : "")",
        "unix_socket_directories=\(place.path)", "wal_sync_method=fdatasync",
      ] + settings
    let options = settings.map { "-c \($0)" }.joined(separator: " ")
    try control(["-l", place.file("log"), "-o", options, "start"])
    isRunning = true
  }

  /// Starts a standby of this server.
  package func standby() throws -> TestServer {
    let standby = try TestServer(nil, ["hot_standby=on"])
    try run(
      "pg_basebackup",
      ["-h", place.path, "-U", "queuectl", "-D", standby.data, "-R", "-X", "stream", "-c", "fast"])
    try standby.start()
    return standby
  }

  /// Makes a standby a server of its own.
  package func promote() throws { try control(["promote"]) }

  /// Waits until a standby has all that the server has written.
  package func waitForReplay(of server: TestServer) throws {
    let end = try server.query("SELECT pg_current_wal_lsn()")
    while try query("SELECT pg_last_wal_replay_lsn() >= '\(end)'::pg_lsn") != "t" { sched_yield() }
  }

  /// The first column of a statement's first row, as text.
  package func query(_ sql: String) throws -> String {
    let answer = place.file("answer")
    try psql(sql, ["-A", "-t", "-o", answer])
    return try String(contentsOfFile: answer, encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Runs statements as the superuser.
  package func execute(_ sql: String) throws { try psql(sql, []) }

  private func psql(_ sql: String, _ options: [String]) throws {
    let place = ["-h", place.path, "-U", "queuectl", "postgres"]
    try run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql] + options + place)
  }

  private var data: String { place.file("data") }

  private func control(_ arguments: [String]) throws {
    try run("pg_ctl", ["-D", data, "-w"] + arguments)
  }

  /// The user that the server runs as.
  package static var user: uid_t { geteuid() == 0 ? account?.user ?? 0 : geteuid() }

  /// The server refuses to run as root.
  private static let account: (name: String, user: uid_t, group: gid_t)? = {
    for name in ["postgres", "nobody"] {
      if let entry = getpwnam(name) { return (name, entry.pointee.pw_uid, entry.pointee.pw_gid) }
    }
    return nil
  }()

  /// Not with `Process`, which would wait until the server has closed an inherited descriptor.
  private func run(_ program: String, _ arguments: [String]) throws {
    let path = "\(programs)/\(program)"
    var words = [path] + arguments
    if geteuid() == 0, let account = Self.account {
      words = ["/usr/sbin/runuser", "-u", account.name, "--"] + words
    }
    if let namespace { words = namespace.words + words }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var pointers = words.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    var pid: pid_t = 0
    try #require(posix_spawn(&pid, words[0], &actions, nil, &pointers, environ) == 0)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    try #require(status == 0, "\(program) \(arguments)")
  }
}
