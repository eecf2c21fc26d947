import CLinux
import Foundation
import QueueTestSupport
import Synchronization
import Testing

/// A queue in its own directory, and the processes of a test.
final class TestQueue: Sendable {
  /// The queue of the running test, see ``OwnQueue``.
  @TaskLocal static var scoped: TestQueue?

  static var current: TestQueue {
    guard let scoped else { preconditionFailure("the suite lacks .ownQueue(limit:)") }
    return scoped
  }

  /// The directory of the queue, and the working directory of commands.
  let path: String
  private let directory: TemporaryDirectory
  private let started = Mutex<[ChildProcess]>([])
  private let kept = Mutex<[any Sendable]>([])
  private let fileCount = Atomic(0)

  init() throws {
    directory = try TemporaryDirectory()
    // The real path, because the kernel's paths of processes are compared with it.
    guard let real = realpath(directory.path, nil) else {
      throw Surprise("there is no directory \(directory.path)")
    }
    defer { free(real) }
    path = String(cString: real)
    signal(SIGPIPE, SIG_IGN)
  }

  /// The queue's database; the first command that needs it creates it.
  var database: String { file("data/queue.db") }

  /// Keeps a value alive as long as the queue. A FIFO closed by its last holder would release jobs.
  func keep(_ thing: some Sendable) { kept.withLock { $0.append(thing) } }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The whole environment of commands; only the path comes from the tests' own.
  var environment: [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": path, "TMPDIR": path, "LANG": "C.UTF-8",
      "TZ": "UTC", "QUEUECTL_DB": database, Leftovers.mark: path,
    ]
  }

  // MARK: - Running commands

  /// Runs `queuectl` and waits for its end.
  /// - Parameters:
  /// - input: its standard input; nil for empty.
  /// - adding: variables to add, or with nil to remove.
  /// - Throws: if it doesn't end in time or is killed.
  func run(
    _ arguments: String..., input: String? = nil, adding: [String: String?] = [:],
    in directory: String? = nil, atMost patience: Duration = Patience.usual
  ) async throws -> Finished {
    try await run(
      arguments, input: input, adding: adding, in: directory, atMost: patience)
  }

  /// Runs `queuectl` with these arguments, see ``run(_:input:adding:in:atMost:)``.
  func run(
    _ arguments: [String], input: String? = nil, adding: [String: String?] = [:],
    in directory: String? = nil, atMost patience: Duration = Patience.usual
  ) async throws -> Finished {
    try await run(
      program: Binary.path, ["queuectl"] + arguments, input: input, adding: adding, in: directory,
      atMost: patience)
  }

  /// Runs a shell command, in which `queuectl` is the binary, and waits for its end.
  func shell(
    _ line: String, input: String? = nil, adding: [String: String?] = [:],
    atMost patience: Duration = Patience.usual
  ) async throws -> Finished {
    let bin = try Binary.directory(in: path)
    let path = "\(bin):\(environment["PATH"] ?? "")"
    return try await run(
      program: "/bin/sh", ["sh", "-c", line], input: input,
      adding: adding.merging(["PATH": path]) { given, _ in given }, atMost: patience)
  }

  /// Runs `queuectl`, which must succeed, and returns its output.
  @discardableResult
  func succeed(
    _ arguments: String..., input: String? = nil, adding: [String: String?] = [:],
    in directory: String? = nil, atMost patience: Duration = Patience.usual,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let result = try await run(
      arguments, input: input, adding: adding, in: directory, atMost: patience)
    try #require(result.status == 0, "\(result)", sourceLocation: sourceLocation)
    return result.output
  }

  /// Starts `queuectl`; its output and that of its children come together.
  func start(_ arguments: String..., in directory: String? = nil) throws -> ChildProcess {
    try start(program: Binary.path, ["queuectl"] + arguments, in: directory)
  }

  /// Starts workers that run until stopped, and waits until they are ready.
  func startWorkers(_ arguments: String...) async throws -> ChildProcess {
    let workers = try start(program: Binary.path, ["queuectl", "worker", "start"] + arguments)
    try await workers.line(containing: " ready; ")
    return workers
  }

  /// Starts any program; its outputs come together in ``ChildProcess/transcript``.
  func start(
    program: String, _ arguments: [String], adding: [String: String?] = [:],
    in directory: String? = nil, streams: ChildProcess.Streams = .transcript
  ) throws -> ChildProcess {
    let child = try ChildProcess(
      program: program, arguments: arguments, environment: variables(adding),
      directory: directory ?? path, streams: streams)
    started.withLock { $0.append(child) }
    return child
  }

  /// Starts a shell command in which `queuectl` is the binary.
  func startShell(_ line: String) throws -> ChildProcess {
    let path = "\(try Binary.directory(in: path)):\(environment["PATH"] ?? "")"
    return try start(program: "/bin/sh", ["sh", "-c", line], adding: ["PATH": path])
  }

  /// Runs any program and waits for its end.
  func run(
    program: String, _ arguments: [String], input: String? = nil, adding: [String: String?] = [:],
    in directory: String? = nil, atMost patience: Duration = Patience.usual
  ) async throws -> Finished {
    let number = fileCount.add(1, ordering: .relaxed).newValue
    let files = (output: file(".out-\(number)"), errors: file(".err-\(number)"))
    let child = try ChildProcess(
      program: program, arguments: arguments, environment: variables(adding),
      directory: directory ?? path,
      streams: .files(input: input, output: files.output, errors: files.errors))
    started.withLock { $0.append(child) }
    let status = try await child.exit(atMost: patience)
    defer {
      unlink(files.output)
      unlink(files.errors)
    }
    return Finished(
      arguments: arguments, status: status, outputBytes: try FileContents.read(files.output),
      errors: String(decoding: try FileContents.read(files.errors), as: UTF8.self))
  }

  private func variables(_ adding: [String: String?]) -> [String: String] {
    var variables = environment
    for (name, value) in adding { variables[name] = value }
    return variables
  }

  // MARK: - Reading

  /// All jobs of `list`, newest first, with the values of their variables.
  func jobs(_ arguments: String...) async throws -> [JobRecord] {
    let result = try await run(["list", "--json", "--show-env"] + arguments)
    try #require(result.status == 0, "\(result)")
    return try JSON.decode([JobRecord].self, from: result.output)
  }

  func job(_ id: String) async throws -> JobRecord {
    try #require(try await jobs("--search", id).first { $0.id == id }, "there is no job \(id)")
  }

  func workers() async throws -> [WorkerRecordJSON] {
    try JSON.decode(StatusRecord.self, from: try await succeed("status", "--json")).workers
  }

  /// The number of jobs in each state, from `status`.
  func counts() async throws -> [String: Int] {
    try JSON.decode(StatusRecord.self, from: try await succeed("status", "--json")).jobs
  }

  /// Runs jobs until all have ended.
  @discardableResult
  func drain(
    count: Int = 1, atMost patience: Duration = Patience.usual,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    try await succeed(
      "worker", "start", "--drain", "--count", "\(count)", atMost: patience,
      sourceLocation: sourceLocation)
  }

  /// The lines of a file in the directory; empty if the file is missing.
  func lines(of name: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: file(name)) else { return [] }
    let text = String(decoding: try FileContents.read(file(name)), as: UTF8.self)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  func write(_ text: String, to name: String) throws {
    try FileContents.write(text, to: file(name))
  }

  /// When the doorbell was last touched.
  ///
  /// A soon claimed job doesn't prove it, because a worker also polls with its next heartbeat.
  /// - Returns: nanoseconds since 1970.
  func lastRing() throws -> Int {
    var status = stat()
    guard stat(database + ".d/doorbell", &status) == 0 else {
      throw Surprise("there is no doorbell")
    }
    return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
  }

  // MARK: - The end

  /// Records an issue for every live process, and kills it.
  func proveNothingIsLeft(after test: String) async throws {
    let children = started.withLock { $0 }
    let left = try await offPool { [path] in
      let left = Leftovers.wait(forEndOf: path)
      Leftovers.kill(all: path)
      for child in children { child.reap() }
      return left
    }
    for process in left {
      Issue.record("\(test) left a process behind, killed now: \(process)")
    }
  }
}

struct Finished: CustomStringConvertible {
  let arguments: [String]
  /// The exit status, or minus the number of the signal.
  let status: Int
  let outputBytes: [UInt8]
  let errors: String

  var output: String { String(decoding: outputBytes, as: UTF8.self) }

  var lines: [String] {
    output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  var description: String {
    let words = arguments.map { $0.count > 200 ? "\($0.prefix(200))…" : $0 }
    return "\(words.joined(separator: " "))\nended with \(status)\nstdout: \(output.prefix(2000))\n"
      + "stderr: \(errors.prefix(2000))"
  }
}

/// The binary under test.
enum Binary {
  static let path: String = {
    if let path = ProcessInfo.processInfo.environment["QUEUECTL_BINARY"] { return path }
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("queuectl").path
  }()

  /// A directory for `PATH` that contains the binary as `queuectl`.
  static func directory(in directory: String) throws -> String {
    let bin = "\(directory)/.bin"
    if mkdir(bin, 0o700) == 0 || errno == EEXIST {
      if symlink(path, "\(bin)/queuectl") == 0 || errno == EEXIST { return bin }
    }
    throw Surprise("can't link \(path) into \(bin): \(String(cString: strerror(errno)))")
  }
}

enum FileContents {
  static func read(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// The permission bits, and whether it is a directory.
  static func mode(_ path: String) throws -> (mode: mode_t, isDirectory: Bool) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      throw Surprise("\(path): \(String(cString: strerror(errno)))")
    }
    return (status.st_mode & 0o7777, status.st_mode & S_IFMT == S_IFDIR)
  }
}
