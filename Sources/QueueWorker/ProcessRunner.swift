import CLinux
import Glibc
public import QueueCore

/// Runs jobs as processes: `/bin/sh -c COMMAND` in a session of its own, in the enqueuer's directory, with nothing to read
/// and both outputs straight into a file.
///
/// No pipe is between a job and its log, so nothing blocks, a child in the background that keeps the file open
/// holds nothing up, any byte is kept, and a worker that dies breaks nothing.
public final class ProcessRunner: JobRunner {
  private let directory: QueueDirectory
  private let environment: [(name: String, text: String)]
  /// The same for a job that has no variables of its own.
  private let unchanged: CStrings
  /// What jobs read, opened with the first one; negative until then.
  private var nothing: Int32 = -1

  /// - Parameters:
  ///   - directory: where logs go.
  ///   - environment: what jobs inherit, `NAME=value` each; what an outer queue set for its own job is dropped.
  public init(directory: QueueDirectory, environment: [String]) {
    self.directory = directory
    self.environment = environment.compactMap { text in
      guard let end = text.firstIndex(of: "="), end != text.startIndex else { return nil }
      let name = String(text[..<end])
      return Self.ownVariables.contains(name) ? nil : (name, text)
    }
    unchanged = CStrings(self.environment.map(\.text))
  }

  deinit {
    if nothing >= 0 { close(nothing) }
  }

  private static let ownVariables: Set = [
    "QUEUECTL_DB", "QUEUECTL_JOB_ID", "QUEUECTL_ATTEMPT", "QUEUECTL_RUN_ID", "QUEUECTL_QUEUE",
  ]

  /// Opens the log, then starts the process. A job that can't be started is refused with the reason; when the machine has no room
  /// for a process or a descriptor, nothing is spent.
  public func start(_ job: ClaimedJob, logLimitBytes: Int) -> StartResult {
    do throws(SystemError) {
      let log = try openLog(of: job.run, limitBytes: logLimitBytes)
      if nothing < 0 { nothing = open("/dev/null", O_RDONLY | O_CLOEXEC) }
      guard nothing >= 0 else { throw SystemError("open /dev/null") }
      return try start(job, reading: nothing, log)
    } catch {
      return answer(to: error, job)
    }
  }

  /// What it reads lies in memory, so that neither it nor we wait for each other.
  public func startNotice(
    _ notice: ClaimedJob, input bytes: [UInt8], logLimitBytes: Int
  ) -> StartResult {
    do throws(SystemError) {
      let log = try RunLog(
        path: directory.noticeLog, isShared: true, limitBytes: logLimitBytes)
      let input = clinux_memory_file("job")
      defer { if input >= 0 { close(input) } }
      guard input >= 0, write(input, bytes, bytes.count) == bytes.count,
        lseek(input, 0, SEEK_SET) == 0
      else { throw SystemError("hand over the job") }
      return try start(notice, reading: input, log)
    } catch {
      return answer(to: error, notice)
    }
  }

  private func start(
    _ job: ClaimedJob, reading input: Int32, _ log: RunLog
  ) throws(SystemError) -> StartResult {
    let (inherited, own) = environment(of: job)
    let (pid, descriptor) = try Spawn(
      program: "/bin/sh", arguments: ["sh", "-c", job.command], inherited: inherited,
      environment: own, directory: job.directory, input: input, output: log.descriptor,
      errors: log.descriptor
    ).start()
    return .running(
      RunningProcess(pid: pid, descriptor: descriptor, runName: job.runName, log: log))
  }

  /// Looks for processes that `QUEUECTL_RUN_ID` marks as the run's.
  public func hasLeftovers(of runName: String) -> Bool { Leftovers.exist(of: runName) }

  /// Kills what `QUEUECTL_RUN_ID` marks as the run's, in whatever session it is.
  public func endLeftovers(of runName: String) {
    Leftovers.end(of: runName)
  }

  /// A job's own variables come after the worker's, ours after both.
  private func environment(of job: ClaimedJob) -> (inherited: CStrings, own: [String]) {
    let ours = [
      "QUEUECTL_DB=\(directory.database)", "QUEUECTL_JOB_ID=\(job.id)",
      "QUEUECTL_ATTEMPT=\(job.attempt)", "QUEUECTL_RUN_ID=\(job.runName)",
      "QUEUECTL_QUEUE=\(job.queue)",
    ]
    guard !job.environment.isEmpty else { return (unchanged, ours) }
    let latest = Dictionary(
      job.environment.map { ($0.name, $0.value) }, uniquingKeysWith: { _, last in last })
    return (
      CStrings(environment.filter { latest[$0.name] == nil }.map(\.text)),
      latest.filter { !Self.ownVariables.contains($0.key) }.map { "\($0.key)=\($0.value)" } + ours
    )
  }

  private func openLog(of run: RunID, limitBytes: Int) throws(SystemError) -> RunLog {
    let path = directory.log(of: run)
    do throws(SystemError) {
      return try RunLog(path: path, limitBytes: limitBytes)
    } catch {
      guard error.code == ENOENT else { throw error }
      try directory.create()
      try directory.makeLogDirectory(of: run)
      return try RunLog(path: path, limitBytes: limitBytes)
    }
  }

  /// What a job that couldn't be started comes to.
  private func answer(to error: SystemError, _ job: ClaimedJob) -> StartResult {
    switch error.code {
    case EAGAIN, ENOMEM, EMFILE, ENFILE:
      return .exhausted(reason: "\(error)")
    case E2BIG:
      return .refused(
        JobEnd(
          outcome: .notStarted(
            status: 126,
            reason: "the command and its environment are too large for the kernel (E2BIG)")))
    default:
      if let directory = job.directory, let problem = Self.problem(withDirectory: directory) {
        return .refused(JobEnd(outcome: .notStarted(status: 127, reason: problem)))
      }
      return .refused(JobEnd(outcome: .notStarted(status: 126, reason: "\(error)")))
    }
  }

  /// Why nothing can start in `directory`; nil when something can.
  private static func problem(withDirectory directory: String) -> String? {
    let descriptor = open(directory, O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, access(directory, X_OK) == 0 else {
      let problem = SystemError("enter the directory \(directory)").description
      if descriptor >= 0 { close(descriptor) }
      return problem
    }
    close(descriptor)
    return nil
  }
}
