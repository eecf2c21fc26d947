import CLinux
import Foundation
import Synchronization

/// A process started by a test, in its own process group, with default signal dispositions and
/// descriptors 0, 1 and 2 only.
final class ChildProcess: Sendable {
  /// Its input and outputs.
  enum Streams {
    /// Both outputs into ``ChildProcess/transcript``; empty input.
    case transcript
    /// Each output into a file; `input` through a pipe, empty if nil.
    case files(input: String?, output: String, errors: String)
    /// All three are this terminal, the controlling terminal of the process's new session.
    case terminal(String)
  }

  let pid: pid_t
  /// Its and its children's output, if started with ``Streams/transcript``.
  let transcript = Transcript()
  private let title: String
  private let status = Mutex<Int?>(nil)

  init(
    program: String, arguments: [String], environment: [String: String], directory: String,
    streams: Streams
  ) throws {
    title = arguments.map { $0.count > 200 ? "\($0.prefix(200))…" : $0 }.joined(separator: " ")
    var spawn = try TestSpawn(
      program: program, arguments: arguments,
      environment: environment.map { "\($0.key)=\($0.value)" }, directory: directory)
    switch streams {
    case .transcript:
      let (reading, writing) = try Descriptor.pipe()
      try spawn.attach(input: try Descriptor.open("/dev/null", O_RDONLY), output: writing)
      pid = try spawn.start()
      transcript.follow(reading)
    case .files(let input, let output, let errors):
      let flags = O_WRONLY | O_CREAT | O_TRUNC
      let feed = input == nil ? nil : try Descriptor.pipe()
      try spawn.attach(
        input: try feed?.reading ?? Descriptor.open("/dev/null", O_RDONLY),
        output: try Descriptor.open(output, flags), errors: try Descriptor.open(errors, flags))
      pid = try spawn.start()
      if let feed, let input { feed.writing.feed(input) }
    case .terminal(let path):
      spawn.terminal = path
      pid = try spawn.start()
    }
  }

  /// Waits for the first lines of the transcript that contain `text`, and returns the last of them.
  @discardableResult
  func line(
    containing text: String, times: Int = 1, atMost patience: Duration = Patience.usual
  ) async throws -> String {
    try await offPool { [self] in
      guard let line = transcript.line(containing: text, times: times, atMost: patience) else {
        throw Surprise(
          "\(title): \(times) lines with \"\(text)\" didn't come. What came:\n\(transcript.text)")
      }
      return line
    }
  }

  /// Waits until all processes that have the transcript open have ended.
  func closed(atMost patience: Duration = Patience.usual) async throws {
    try await offPool { [self] in
      guard transcript.waitForEnd(atMost: patience) else {
        throw Surprise("\(title): not all processes ended. What came:\n\(transcript.text)")
      }
    }
  }

  func signal(_ signal: Int32) { kill(pid, signal) }

  /// Signals the process's group, as a terminal does.
  func signalGroup(_ signal: Int32) { kill(-pid, signal) }

  /// Waits for its end.
  /// - Returns: the exit status, or minus the number of the signal.
  /// - Throws: if it ran longer than that; it was killed.
  @discardableResult
  func exit(atMost patience: Duration = Patience.usual) async throws -> Int {
    try await offPool { [self] in
      if let status = status.withLock({ $0 }) { return status }
      guard Processes.wait(forEndOf: pid, atMost: patience) else {
        kill(pid, SIGKILL)
        reap()
        throw Surprise("\(title): didn't end within \(patience). What came:\n\(transcript.text)")
      }
      return reap()
    }
  }

  /// Reaps the process, which has ended or is about to.
  @discardableResult
  func reap() -> Int {
    status.withLock { status in
      if let status { return status }
      var raw: Int32 = 0
      while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
      let result = Int(clinux_exit_or_negative_signal(raw))
      status = result
      return result
    }
  }
}

/// The output of a process, as it arrives.
final class Transcript: Sendable {
  // Guarded by `condition`.
  nonisolated(unsafe) private var bytes: [UInt8] = []
  nonisolated(unsafe) private var isClosed = false
  private let condition = NSCondition()

  /// All output so far.
  var text: String { condition.withLock { String(decoding: bytes, as: UTF8.self) } }

  /// Reads to the end, on a thread of its own.
  func follow(_ descriptor: Descriptor) {
    Thread.detachNewThread { [self] in
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(descriptor.number, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        condition.withLock {
          if count > 0 { bytes += chunk[..<count] } else { isClosed = true }
          condition.broadcast()
        }
        guard count > 0 else { return }
      }
    }
  }

  /// Of the whole lines that contain `text`, the one with this number; nil if it doesn't arrive in
  /// time.
  func line(containing text: String, times: Int = 1, atMost patience: Duration) -> String? {
    wait(atMost: patience) {
      // As bytes: in a String, the `\r\n` of a terminal is one character.
      self.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().lazy
        .map { String(decoding: $0, as: UTF8.self) }.filter { $0.contains(text) }
        .dropFirst(times - 1).first
    }
  }

  /// Whether that text arrives in time, even in an unfinished line.
  func waitFor(_ text: String, atMost patience: Duration) -> Bool {
    wait(atMost: patience) {
      String(decoding: self.bytes, as: UTF8.self).contains(text) ? true : nil
    } ?? false
  }

  /// Whether the output meets a condition in time.
  func waitUntil(atMost patience: Duration, _ isMet: (String) -> Bool) -> Bool {
    wait(atMost: patience) {
      isMet(String(decoding: self.bytes, as: UTF8.self)) ? true : nil
    } ?? false
  }

  /// False if the end doesn't arrive in time.
  func waitForEnd(atMost patience: Duration) -> Bool {
    wait(atMost: patience) { self.isClosed ? true : nil } ?? false
  }

  private func wait<Found>(atMost patience: Duration, for find: () -> Found?) -> Found? {
    let deadline = Date(timeIntervalSinceNow: Double(patience.components.seconds))
    return condition.withLock {
      while true {
        if let found = find() { return found }
        guard !isClosed, condition.wait(until: deadline) else { return find() }
      }
    }
  }
}

/// A descriptor that closes itself.
final class Descriptor: Sendable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  static func open(_ path: String, _ flags: Int32) throws -> Descriptor {
    let number = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard number >= 0 else {
      throw Surprise("can't open \(path): \(String(cString: strerror(errno)))")
    }
    return Descriptor(number)
  }

  static func pipe() throws -> (reading: Descriptor, writing: Descriptor) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else {
      throw Surprise("can't make a pipe: \(String(cString: strerror(errno)))")
    }
    // Our own children inherit nothing (see TestSpawn); this is for others.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (Descriptor(ends[0]), Descriptor(ends[1]))
  }

  /// Waits until there is input.
  func isReadable(atMost patience: Duration) -> Bool {
    let deadline = ContinuousClock.now + patience
    while true {
      let rest = max(.zero, deadline - .now)
      var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
      let milliseconds = Int32(rest.components.seconds * 1000 + 1)
      let count = poll(&entry, 1, milliseconds)
      if count > 0 { return true }
      if count == 0 && rest == .zero { return false }
    }
  }

  /// Writes everything on a thread of its own, and closes; a closed reader ends it.
  func feed(_ text: String) {
    Thread.detachNewThread { [self] in
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }
}

/// Starts a process that inherits nothing.
struct TestSpawn {
  let program: String
  let arguments: [String]
  let environment: [String]
  let directory: String
  /// The terminal for all three descriptors; the process leads a new session.
  var terminal: String?
  private var input: Descriptor?
  private var output: Descriptor?
  private var errors: Descriptor?

  init(
    program: String, arguments: [String], environment: [String], directory: String
  ) throws {
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }

  /// - Parameter errors: nil for the same as `output`.
  mutating func attach(input: Descriptor, output: Descriptor, errors: Descriptor? = nil) throws {
    self.input = input
    self.output = output
    self.errors = errors ?? output
  }

  func start() throws -> pid_t {
    var (program, arguments) = (program, arguments)
    if let terminal {
      // The first terminal that a session leader opens becomes its controlling terminal.
      arguments =
        ["sh", "-c", "exec <>\"$0\" >&0 2>&0; exec \"$@\"", terminal, program]
        + arguments.dropFirst()
      program = "/bin/sh"
    }
    var descriptor: Int32 = -1
    let pid = Self.withCStrings(arguments) { arguments in
      Self.withCStrings(environment) { environment in
        program.withCString { program in
          directory.withCString { directory in
            var start = clinux_start()
            start.program = program
            start.arguments = arguments
            start.environment = environment
            start.directory = directory
            start.descriptors = (
              input?.number ?? -1, output?.number ?? -1, errors?.number ?? -1, -1
            )
            start.closes_from = 3
            start.in_new_session = terminal == nil ? 0 : 1
            return clinux_start(&start, &descriptor)
          }
        }
      }
    }
    guard pid >= 0 else {
      throw Surprise("can't start \(program): \(String(cString: strerror(errno)))")
    }
    close(descriptor)
    return pid
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return copies.withUnsafeBufferPointer { list in
      guard let start = list.baseAddress else { preconditionFailure("the list ends with nil") }
      return body(start)
    }
  }
}
