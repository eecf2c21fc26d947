import Foundation

/// File systems of a few blocks in a private mount namespace, removed with its last process.
struct SmallDisks {
  private let queue: TestQueue
  private let keeper: ChildProcess
  /// A process that sees the mounts.
  var pid: pid_t { keeper.pid }

  /// - Parameter mounts: the directories, which are created, and their mount options, such as
  ///   `size=64k`.
  init(_ queue: TestQueue, _ mounts: [(directory: String, options: String)]) async throws {
    self.queue = queue
    let gate = queue.file("mounts.gate")
    guard mkfifo(gate, 0o600) == 0 else { throw Surprise("can't make \(gate)") }
    queue.keep(try Descriptor.open(gate, O_RDWR))
    let mounting = mounts.map {
      "mkdir -m 700 -p '\($0.directory)' && mount -t tmpfs -o mode=700,\($0.options) none "
        + "'\($0.directory)'"
    }
    let script = (mounting + ["echo mounted", "read _ < '\(gate)'"]).joined(separator: " && ")
    keeper = try queue.start(program: "/usr/bin/unshare", ["unshare", "-m", "sh", "-c", script])
    try await keeper.line(containing: "mounted")
  }

  /// A shell command that runs a line, without single quotes, in the namespace.
  func line(_ line: String) -> String {
    "exec nsenter -t \(keeper.pid) -m sh -c 'cd \"$QUEUECTL_TEST\" && \(line)'"
  }

  /// Runs a shell command, without single quotes, in the namespace.
  func shell(_ line: String, input: String? = nil) async throws -> Finished {
    try await queue.shell(self.line(line), input: input)
  }

  func remove() async throws {
    try await Processes.killHard(keeper.pid)
    try await keeper.exit()
  }
}
