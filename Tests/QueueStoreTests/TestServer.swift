import Foundation
import Glibc
import QueueStorePostgres
import QueueTestSupport
import Testing

/// A PostgreSQL server of one test, which may stop it in any way. It syncs as a real one does.
final class TestServer {
  /// The directory of the server's programs; nil if none are installed.
  static let programs: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let places = ["/usr/bin"] + versions.sorted().map { "\(root)/\($0)/bin" }
    return places.last { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
  }()

  /// How a server is stopped.
  enum Stop: String, CaseIterable {
    /// All connections are ended.
    case fast
    /// As by a crash: the next start recovers.
    case immediate
  }

  let address: ServerAddress
  private let place: TemporaryDirectory
  private let programs: String

  init() throws {
    programs = try #require(Self.programs)
    place = try TemporaryDirectory()
    let directory = place.path.hasSuffix("/") ? String(place.path.dropLast()) : place.path
    address = try ServerAddress(
      "postgres://queuectl@\(directory.split(separator: "/").map { "%2F\($0)" }.joined())/postgres")
    if geteuid() == 0 {
      let account = try #require(Self.account)
      try #require(chown(directory, account.user, account.group) == 0)
    }
    try run(
      "initdb",
      [
        "-D", place.file("data"), "-U", "queuectl", "-A", "trust", "-E", "UTF8",
        "--locale=C", "-N",
      ])
    try start()
  }

  deinit { try? control(["-m", "immediate", "stop"]) }

  func restart(_ stop: Stop) throws {
    try control(["-m", stop.rawValue, "stop"])
    try start()
  }

  private func start() throws {
    let options =
      "-c listen_addresses= -c unix_socket_directories=\(place.path) -c wal_sync_method=fdatasync"
    try control(["-l", place.file("log"), "-o", options, "start"])
  }

  private func control(_ arguments: [String]) throws {
    try run("pg_ctl", ["-D", place.file("data"), "-w"] + arguments)
  }

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
