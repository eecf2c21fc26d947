import CLinux
import Glibc
public import QueueCore
public import QueueHost

/// Runs jobs as `/bin/sh -c COMMAND` in a new session, with no input, in the enqueuer's directory.
/// Output goes to the log without a pipe, so slow readers and background children block nothing.
public final class ProcessRunner: JobRunner {
  let directory: QueueDirectory
  private let environment: [(name: [UInt8], entry: [UInt8])]
  private var searchPath: SearchPath?
  /// For jobs without variables of their own.
  private let unchanged: CStrings
  /// /dev/null, opened for the first job; -1 until then.
  private var nothing: Int32 = -1
  let lock: WorkerLock?
  private let children = OwnChildren()
  /// Where runs get their cgroups; looked for with the first run.
  private lazy var home: String? = {
    guard makesCgroups, case .usable(let home) = CgroupHome.find() else { return nil }
    return home
  }()
  private let makesCgroups: Bool
  /// Cgroups of runs that left processes in the background.
  private var lingering: [RunCgroup] = []
  /// The name of the latest run, `on-dead` commands excluded.
  private(set) var latest: String?

  /// - Parameters:
  ///   - environment: `NAME=value` entries; variables set by an outer queue are dropped.
  ///   - program: the path of this binary, which jobs can call; nil if unknown.
  ///   - makesCgroups: whether runs get cgroups of their own, where they can be made.
  public init(
    directory: QueueDirectory, environment: [[UInt8]], lock: WorkerLock? = nil,
    program: String? = nil, makesCgroups: Bool = false
  ) {
    self.makesCgroups = makesCgroups
    self.directory = directory
    self.lock = lock
    let own = Self.ownVariables.map { Array($0.utf8) }
    var searchPath = program.flatMap { SearchPath(program: $0) }
    self.environment = environment.compactMap { entry in
      guard let end = entry.firstIndex(of: UInt8(ascii: "=")), end > 0 else { return nil }
      let name = Array(entry[..<end])
      guard name == Self.path, let path = searchPath?.extended(Array(entry[(end + 1)...])) else {
        return own.contains(name) ? nil : (name, entry)
      }
      return (name, Array(entry[...end]) + path)
    }
    self.searchPath = searchPath
    unchanged = CStrings(self.environment.map(\.entry))
  }

  deinit {
    if nothing >= 0 { close(nothing) }
  }

  private static let path = Array("PATH".utf8)
  private static let ownVariables = EnvironmentVariable.setByQueue.union([Descent.variable])

  /// Fails a job only for its own size or directory. If this worker can't set its limits, it is
  /// snoozed, because another worker may. If the machine lacks disk space, a process or a
  /// descriptor, the start is retried. Neither spends an attempt.
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
      var plain = job
      plain.spec.limits.niceness = nil
      if job.limits.isBestEffort == true, plain != job, error.code == EACCES || error.code == EPERM
      {
        return start(plain, logLimitBytes: logLimitBytes)
      }
      return answer(to: error, job)
    }
  }

  /// The input is a memory file, so that neither side blocks.
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
      else { throw SystemError("pass the job to its shell") }
      return try start(notice, reading: input, log, trail: nil)
    } catch {
      return answer(to: error, notice)
    }
  }

  /// Rotates a full log to `on-dead.log.1`.
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
    // The `on-dead` command has no trail.
    let cgroup = trail == nil ? nil : makeCgroup(of: job.runName)
    if let problem = limit(cgroup, job.limits) {
      cgroup?.remove()
      return .refused(Self.unlimited(problem))
    }
    let isLimited = job.limits.isInCgroup && job.limits.isBestEffort != true
    let entrance = isLimited ? try cgroup?.entrance() : cgroup.flatMap { try? $0.entrance() }
    defer { if let entrance { close(entrance) } }
    let (pid, descriptor) = try Spawn(
      program: "/bin/sh", arguments: Self.shell(running: job.command), inherited: inherited,
      environment: own, directory: job.directory, input: input, output: log.descriptor,
      errors: log.descriptor, niceness: job.limits.niceness, cgroup: entrance,
      needsCgroup: isLimited,
      trail: trail.map { ($0.descriptor, $0.offset, job.run) }
    ).start()
    return .running(
      RunningProcess(
        pid: pid, descriptor: descriptor, hunt: { [weak self] in try? self?.hunt(for: job) },
        log: log, children: children, cgroup: cgroup,
        memoryLimit: job.limits.memoryBytes
      ) { [weak self] in self?.lingering.append($0) })
  }

  /// Sets limits of memory and CPU time. Returns why it can't, unless the job runs without them.
  private func limit(_ cgroup: RunCgroup?, _ limits: ResourceLimits) -> String? {
    guard limits.isInCgroup else { return nil }
    guard let home, let cgroup else {
      guard limits.isBestEffort != true else { return nil }
      let flag = limits.memoryBytes == nil ? "--cpus" : "--memory"
      return "\(flag) needs a cgroup v2 for the run, and the worker can't make one (see "
        + "\"queuectl doctor\"); --best-effort runs the job without"
    }
    let controllers = CgroupControllers(of: home)
    if limits.memoryBytes != nil { _ = controllers.turnOn("memory") }
    if limits.cpus != nil { _ = controllers.turnOn("cpu") }
    let problem = cgroup.set(limits)
    return limits.isBestEffort == true ? nil : problem
  }

  /// Without one, the run is found by its other marks.
  private func makeCgroup(of runName: String) -> RunCgroup? {
    guard let cgroup = cgroup(of: runName) else { return nil }
    do throws(SystemError) {
      try cgroup.make()
      return cgroup
    } catch {
      return nil
    }
  }

  func cgroup(of runName: String) -> RunCgroup? {
    home.map { RunCgroup(of: runName, in: $0) }
  }

  /// Reaps adopted processes that have ended.
  public func reapOrphans() {
    children.reapOrphans()
    if !lingering.isEmpty { lingering.removeAll { $0.remove() } }
  }

  /// Removes the cgroups of runs whose workers were killed.
  public func sweepCgroups(at now: Timestamp) {
    if let home { RunCgroup.sweep(home, at: now) }
  }

  /// Reads it from the run's log.
  public func output(of run: RunID, atMost limit: Int) -> RunOutput? {
    (try? LogReader(of: run, in: directory)).flatMap { RunOutput(of: $0, atMost: limit) }
  }

  /// `--` keeps the shell from parsing a command that begins with `-` or `+` as options.
  private static func shell(running line: String) -> [String] {
    let isLikeOption = line.hasPrefix("-") || line.hasPrefix("+")
    return ["sh", "-c"] + (isLikeOption ? ["--"] : []) + [line]
  }

  /// The order is the worker's variables, unless the job has an environment of its own, the job's,
  /// queuectl's.
  private func environment(of job: ClaimedJob) -> (inherited: CStrings, own: [String]) {
    var ours = [
      "QUEUECTL_DB=\(directory.queue)", "QUEUECTL_JOB_ID=\(job.id)",
      "QUEUECTL_ATTEMPT=\(job.attempt)", "QUEUECTL_RUN_ID=\(job.runName)",
      "QUEUECTL_QUEUE=\(job.queue)",
    ]
    if let origin = job.origin {
      ours += [
        "QUEUECTL_SCHEDULE=\(origin.schedule)",
        "QUEUECTL_SCHEDULED_FOR=\(origin.time.iso8601)", "QUEUECTL_MISSED=\(origin.standsFor)",
      ]
    }
    if let searchPath { ours.append("QUEUECTL_BIN=\(searchPath.directory)") }
    let inherits = job.inheritsEnvironment == true
    if inherits { ours.append("\(EnvironmentVariable.mark)=\(EnvironmentVariable.inherited)") }
    guard !job.environment.isEmpty || inherits else { return (unchanged, ours) }
    let given = job.environment.filter { !Self.ownVariables.contains($0.name) }
    let names = Set(given.map { Array($0.name.utf8) })
    return (
      inherits
        ? .none : CStrings(environment.filter { !names.contains($0.name) }.map(\.entry)),
      given.map { "\($0.name)=\(value(of: $0))" } + ours
    )
  }

  private func value(of variable: EnvironmentVariable) -> String {
    guard variable.name == "PATH", let path = searchPath?.extended(Array(variable.value.utf8))
    else { return variable.value }
    return String(decoding: path, as: UTF8.self)
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

  /// Only arguments, directory and niceness are a job's own fault; the program is the same for all.
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
    if let niceness = job.limits.niceness, error.code == EACCES || error.code == EPERM {
      return .refused(
        Self.unlimited(
          "nice \(niceness) needs rights that the worker lacks: it runs at nice \(Niceness.own); "
            + "--best-effort runs the job without"))
    }
    return .exhausted(reason: "\(error)")
  }

  /// The end of a run whose limits can't be set here.
  private static func unlimited(_ problem: String) -> JobEnd {
    JobEnd(end: .refused, cause: problem)
  }

  /// Returns why `directory` can't be entered; nil if it can, or if that is unknown.
  private static func problem(withDirectory directory: String) -> String? {
    let descriptor = open(directory, O_DIRECTORY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor < 0 || access(directory, X_OK) != 0 else { return nil }
    let error = SystemError("enter the directory \(directory)")
    return [ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG].contains(error.code)
      ? error.description : nil
  }
}
