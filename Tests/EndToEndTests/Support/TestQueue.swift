import CLinux
import Foundation
import QueueTestSupport
import Synchronization
import Testing

/// A queue in a directory of its own, and the processes that a test starts around it.
final class TestQueue: Sendable {
  /// The queue of the running test, see ``OwnQueue``.
  @TaskLocal static var scoped: TestQueue?

  static var current: TestQueue {
    guard let scoped else { preconditionFailure("the suite lacks .ownQueue") }
    return scoped
  }

  /// The directory, where commands are started, too.
  let path: String
  private let directory: TemporaryDirectory
  private let started = Mutex<[ChildProcess]>([])
  private let kept = Mutex<[any Sendable]>([])
  private let fileCount = Atomic(0)

  init() throws {
    directory = try TemporaryDirectory()
    // The real path: it is compared with what the kernel says of processes.
    guard let real = realpath(directory.path, nil) else {
      throw Surprise("there is no directory \(directory.path)")
    }
    defer { free(real) }
    path = String(cString: real)
    signal(SIGPIPE, SIG_IGN)
  }

  /// The queue's database; it isn't there before a command makes it.
  var database: String { file("data/queue.db") }

  /// Holds something as long as the queue: a FIFO that its last holder closes would let jobs go on.
  func keep(_ thing: some Sendable) { kept.withLock { $0.append(thing) } }

  /// A path in the directory.
  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// All that commands are told: nothing of the tests' own environment but the path.
  var environment: [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": path, "TMPDIR": path, "LANG": "C.UTF-8",
      "TZ": "UTC", "QUEUECTL_DB": database, Leftovers.mark: path,
    ]
  }

  // MARK: - Running commands

  /// Runs `queuectl` and waits for its end.
  /// - Parameters:
  ///   - input: what it reads; nil for nothing.
  ///   - adding: variables that are added to the environment, or taken from it by nil.
  /// - Throws: it didn't end in time; it was killed.
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

  /// Runs a line of shell, in which `queuectl` is the binary, and waits for its end.
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

  /// Runs `queuectl`, which must succeed, and gives what it printed.
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

  /// Starts `queuectl`; its outputs, and those of the processes that it starts, come together.
  func start(_ arguments: String..., in directory: String? = nil) throws -> ChildProcess {
    try start(program: Binary.path, ["queuectl"] + arguments, in: directory)
  }

  /// Starts workers that run until they are stopped, and waits until they take jobs.
  func startWorkers(_ arguments: String...) async throws -> ChildProcess {
    let workers = try start(program: Binary.path, ["queuectl", "worker", "start"] + arguments)
    try await workers.line(containing: " ready; ")
    return workers
  }

  /// Starts any program, with its outputs together in ``ChildProcess/transcript``.
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

  /// Starts a line of shell, in which `queuectl` is the binary.
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

  // MARK: - Looking

  /// All jobs that `list` shows, newest first, with the values of their variables.
  func jobs(_ arguments: String...) async throws -> [JobRecord] {
    let result = try await run(["list", "--json", "--show-env"] + arguments)
    try #require(result.status == 0, "\(result)")
    return try JSON.decode([JobRecord].self, from: result.output)
  }

  /// The job of that id.
  func job(_ id: String) async throws -> JobRecord {
    try #require(try await jobs("--search", id).first { $0.id == id }, "there is no job \(id)")
  }

  /// The workers that `worker list` shows.
  func workers() async throws -> [WorkerRecordJSON] {
    try JSON.decode(StatusRecord.self, from: try await succeed("status", "--json")).workers
  }

  /// How many jobs `status` counts in each state.
  func counts() async throws -> [String: Int] {
    try JSON.decode(StatusRecord.self, from: try await succeed("status", "--json")).jobs
  }

  /// Runs jobs until none is left.
  @discardableResult
  func drain(
    count: Int = 1, atMost patience: Duration = Patience.usual,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    try await succeed(
      "worker", "start", "--drain", "--count", "\(count)", atMost: patience,
      sourceLocation: sourceLocation)
  }

  /// What is in a file of the directory, as lines; none when there is no file.
  func lines(of name: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: file(name)) else { return [] }
    let text = String(decoding: try FileContents.read(file(name)), as: UTF8.self)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  func write(_ text: String, to name: String) throws {
    try FileContents.write(text, to: file(name))
  }

  /// When the doorbell was last rung, by which idle workers are woken.
  ///
  /// That a worker takes a job soon doesn't show that it was: with its next heartbeat it looks by
  /// itself.
  /// - Returns: in nanoseconds since 1970.
  func lastRing() throws -> Int {
    var status = stat()
    guard stat(database + ".d/doorbell", &status) == 0 else {
      throw Surprise("there is no doorbell")
    }
    return status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
  }

  // MARK: - The end

  /// Records an issue for every process that is still there, and kills it.
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

/// A command that ended.
struct Finished: CustomStringConvertible {
  let arguments: [String]
  /// The exit status; the number of a signal, negative, if one killed it.
  let status: Int
  let outputBytes: [UInt8]
  /// What it wrote to standard error.
  let errors: String

  /// What it wrote to standard output.
  var output: String { String(decoding: outputBytes, as: UTF8.self) }

  /// The lines of standard output.
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

  /// A directory for `PATH` that has the binary under its own name.
  static func directory(in directory: String) throws -> String {
    let bin = "\(directory)/.bin"
    if mkdir(bin, 0o700) == 0 || errno == EEXIST {
      if symlink(path, "\(bin)/queuectl") == 0 || errno == EEXIST { return bin }
    }
    throw Surprise("can't link \(path) into \(bin): \(String(cString: strerror(errno)))")
  }
}

/// Whole files.
enum FileContents {
  static func read(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  /// The permission bits, and whether they are a directory's.
  static func mode(_ path: String) throws -> (mode: mode_t, isDirectory: Bool) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      throw Surprise("\(path): \(String(cString: strerror(errno)))")
    }
    return (status.st_mode & 0o7777, status.st_mode & S_IFMT == S_IFDIR)
  }
}
