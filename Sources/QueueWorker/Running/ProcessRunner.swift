import CLinux
import Glibc
public import QueueCore
public import QueueHost

/// Runs jobs as processes: `/bin/sh -c COMMAND` in a session of its own, in the enqueuer's
/// directory, with nothing to read and both outputs straight into a file.
///
/// No pipe is between a job and its log, so nothing blocks, a child in the background that keeps
/// the file open holds nothing up, any byte is kept, and a worker that dies breaks nothing.
public final class ProcessRunner: JobRunner {
  let directory: QueueDirectory
  private let environment: [(name: [UInt8], entry: [UInt8])]
  /// The same for a job that has no variables of its own.
  private let unchanged: CStrings
  /// What jobs read, opened with the first one; negative until then.
  private var nothing: Int32 = -1
  let lock: WorkerLock?
  private let children = OwnChildren()
  /// The name of the latest run that was started, commands for dead jobs left out.
  private(set) var latest: String?

  /// - Parameters:
  ///   - lock: the worker's, in whose file is by what its run is known; nil where none is started.
  ///   - directory: where logs go.
  ///   - environment: what jobs inherit, `NAME=value` each, byte for byte. The variables that
  ///     queuectl sets are dropped: an outer queue set them for its own job.
  public init(directory: QueueDirectory, environment: [[UInt8]], lock: WorkerLock? = nil) {
    self.directory = directory
    self.lock = lock
    let own = Self.ownVariables.map { Array($0.utf8) }
    self.environment = environment.compactMap { entry in
      guard let end = entry.firstIndex(of: UInt8(ascii: "=")), end > 0 else { return nil }
      let name = Array(entry[..<end])
      return own.contains(name) ? nil : (name, entry)
    }
    unchanged = CStrings(self.environment.map(\.entry))
  }

  deinit {
    if nothing >= 0 { close(nothing) }
  }

  private static let ownVariables = EnvironmentVariable.setByQueue.union([Descent.variable])

  /// Opens the log, then starts the process. A job is refused for what is its own: its size, its
  /// directory. Nothing is spent for what the machine lacks: a log, room in it, a process, a
  /// descriptor.
  public func start(_ job: ClaimedJob, logLimitBytes: Int) -> StartResult {
    let log: RunLog
    do throws(SystemError) {
      log = try openLog(of: job.run, limitBytes: logLimitBytes)
      guard !log.isDiskFull else {
        throw SystemError("write the log \(directory.log(of: job.run))", code: ENOSPC)
      }
      if nothing < 0 { nothing = open("/dev/null", O_RDONLY | O_CLOEXEC) }
      guard nothing >= 0 else { throw SystemError("open /dev/null") }
    } catch {
      return .exhausted(reason: "\(error)")
    }
    do throws(SystemError) {
      latest = job.runName
      return try start(job, reading: nothing, log, trail: lock?.trail)
    } catch {
      return answer(to: error, job)
    }
  }

  /// What it reads lies in memory, so that neither it nor we wait for each other.
  public func startNotice(
    _ notice: ClaimedJob, input bytes: [UInt8], logLimitBytes: Int
  ) -> StartResult {
    do throws(SystemError) {
      turnNoticeLog(limitBytes: logLimitBytes)
      let log = try RunLog(
        path: directory.noticeLog, isShared: true, limitBytes: logLimitBytes)
      let input = clinux_memory_file("job")
      defer { if input >= 0 { close(input) } }
      guard input >= 0, write(input, bytes, bytes.count) == bytes.count,
        lseek(input, 0, SEEK_SET) == 0
      else { throw SystemError("hand over the job") }
      return try start(notice, reading: input, log, trail: nil)
    } catch {
      return answer(to: error, notice)
    }
  }

  /// The commands before have left a full log: it becomes `on-dead.log.1`, and this one begins
  /// another.
  private func turnNoticeLog(limitBytes: Int) {
    var status = stat()
    guard lstat(directory.noticeLog, &status) == 0, status.st_size > limitBytes else { return }
    rename(directory.noticeLog, directory.noticeLog + ".1")
  }

  private func start(
    _ job: ClaimedJob, reading input: Int32, _ log: RunLog,
    trail: (descriptor: Int32, offset: Int)?
  ) throws(SystemError) -> StartResult {
    let (inherited, own) = environment(of: job)
    let (pid, descriptor) = try Spawn(
      program: "/bin/sh", arguments: Self.shell(running: job.command), inherited: inherited,
      environment: own, directory: job.directory, input: input, output: log.descriptor,
      errors: log.descriptor, trail: trail.map { ($0.descriptor, $0.offset, job.run) }
    ).start()
    return .running(
      RunningProcess(
        pid: pid, descriptor: descriptor, hunt: { [weak self] in try? self?.hunt(for: job) },
        log: log, children: children))
  }

  /// Those that this process adopted.
  public func reapOrphans() { children.reapOrphans() }

  /// The shell would take a command line that begins with `-` or `+` for options.
  private static func shell(running line: String) -> [String] {
    let isLikeOption = line.hasPrefix("-") || line.hasPrefix("+")
    return ["sh", "-c"] + (isLikeOption ? ["--"] : []) + [line]
  }

  /// A job's own variables come after the worker's, ours after both.
  private func environment(of job: ClaimedJob) -> (inherited: CStrings, own: [String]) {
    let ours = [
      "QUEUECTL_DB=\(directory.database)", "QUEUECTL_JOB_ID=\(job.id)",
      "QUEUECTL_ATTEMPT=\(job.attempt)", "QUEUECTL_RUN_ID=\(job.runName)",
      "QUEUECTL_QUEUE=\(job.queue)",
    ]
    guard !job.environment.isEmpty else { return (unchanged, ours) }
    let given = job.environment.filter { !Self.ownVariables.contains($0.name) }
    let names = Set(given.map { Array($0.name.utf8) })
    return (
      CStrings(environment.filter { !names.contains($0.name) }.map(\.entry)),
      given.map { "\($0.name)=\($0.value)" } + ours
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

  /// What a job that couldn't be started comes to. The program is the same for all jobs, so only
  /// its arguments and its directory are to be blamed on it.
  private func answer(to error: SystemError, _ job: ClaimedJob) -> StartResult {
    if error.code == E2BIG {
      return .refused(
        JobEnd(
          end: .notStarted(126),
          cause: "the command and its environment are too large for the kernel (E2BIG)"))
    }
    if let directory = job.directory, let problem = Self.problem(withDirectory: directory) {
      return .refused(JobEnd(end: .notStarted(127), cause: problem))
    }
    return .exhausted(reason: "\(error)")
  }

  /// Why no process can start in `directory`; nil when one can, or that can't be told.
  private static func problem(withDirectory directory: String) -> String? {
    let descriptor = open(directory, O_DIRECTORY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor < 0 || access(directory, X_OK) != 0 else { return nil }
    let error = SystemError("enter the directory \(directory)")
    return [ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG].contains(error.code)
      ? error.description : nil
  }
}
