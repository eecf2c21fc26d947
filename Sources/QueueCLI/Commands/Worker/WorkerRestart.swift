import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct WorkerRestart: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restart",
    abstract: "Stop detached workers, then start as many again.",
    usage: "queuectl worker restart [<options>]",
    discussion: """
      Restarts workers started with --detach, for example after an update. They
      finish their jobs first, and start with the options and the environment that
      they had. If some run in the foreground or as a service, all are left alone.

      EXAMPLES:
        $ queuectl worker start --detach --count 2
        $ queuectl worker restart
        $ queuectl worker stop
      """
  ).below("queuectl worker")

  @OptionGroup var database: DatabaseOption

  @Flag(help: "End the jobs now and requeue them; no retry is spent.")
  var now = false

  func run() throws {
    SignalThread.hold(DetachedStart.signals)
    let session = try database.openExisting()
    let known = KnownSupervisors(in: session)
    if let trouble = known.trouble { throw Failure(trouble) }
    let running = known.list.filter { !$0.isStopping }
    guard !running.isEmpty else {
      throw Failure("no detached workers run: \"queuectl worker start --detach\" starts some")
    }
    let starts = try running.map { try DetachedStart(of: $0, in: session.directory) }
    let stop = try WorkerStop.parse(
      ["--db", try session.location.argument()] + (now ? ["--now"] : []))
    DetachedStart.outlive(starts)
    try stop.run()
    for start in starts {
      let pid = try start.repeated(at: session.clock.now())
      try Output.standard.line("\(start.count, of: "worker") started again (pid \(pid))")
    }
  }
}

/// The command that started detached workers.
private struct DetachedStart {
  let count: Int
  private let arguments: [String]
  private let environment: [[UInt8]]
  private let log: String

  /// - Throws: ``Failure`` for workers in the foreground, of a service or of another machine.
  init(of supervisor: SupervisorRecord, in directory: QueueDirectory) throws {
    let process = "/proc/\(supervisor.process.pid)"
    guard LocalHost.has(supervisor.process),
      let output = try RealPath.of("\(process)/fd/1"), output.hasPrefix(directory.workerLog)
    else {
      throw Failure(
        "the workers of pid \(supervisor.process.pid) on \(supervisor.process.host) weren't "
          + "started with --detach: restart them where they were started; nothing was restarted")
    }
    count = supervisor.count
    log = directory.workerLog
    arguments = try Self.texts(of: "\(process)/cmdline").map { String(decoding: $0, as: UTF8.self) }
    let mark = Array("\(Descent.variable)=".utf8)
    environment = try Self.texts(of: "\(process)/environ").filter { !$0.starts(with: mark) }
  }

  static let signals = [SIGHUP, SIGINT, SIGTERM]

  /// Lets the restart outlive its terminal, which is lost with an SSH connection. INT and TERM end
  /// it, and tell how to start the workers, which stop nevertheless.
  static func outlive(_ starts: [DetachedStart]) {
    let commands = starts.map { ShellWords.command($0.arguments + ["--detach"]) }
    // A lost terminal isn't one any more.
    let terminals = [STDOUT_FILENO, STDERR_FILENO].filter { isatty($0) == 1 }
    let problem = SignalThread.start(signals) { signal in
      if signal == SIGHUP {
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        for terminal in terminals { dup2(nowhere, terminal) }
        close(nowhere)
        return true
      }
      ErrorReport.noteAtOnce(
        "not restarted: the workers still stop; then start them with "
          + commands.map { "\"\($0)\"" }.joined(separator: " and "))
      _exit(128 + signal)
    }
    if let problem { ErrorReport.note("don't interrupt this: can't start a thread (\(problem))") }
  }

  /// Starts the workers, and returns the pid of their supervisor.
  /// - Parameter now: after the stop, which also holds for commands that began before it.
  func repeated(at now: Moment) throws -> Int32 {
    let begun = Array("\(Descent.variable)=\(now.uptime.nanoseconds)".utf8)
    let background = try BackgroundProcess.start(
      arguments: arguments, environment: environment + [begun], log: log)
    switch background.answer {
    case .ready: return background.pid
    case .stopped, .displaced, .finishJob, .endJob, .peerGone:
      throw Failure("the workers were stopped, but didn't start again: see \(log)")
    }
  }

  private static func texts(of path: String) throws -> [[UInt8]] {
    let file = try InputFile.open(path)
    defer { close(file) }
    let bytes = try LineReader(descriptor: file, name: path, end: 0).everything()
    return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
  }
}
