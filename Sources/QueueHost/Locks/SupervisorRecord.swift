import Glibc
public import QueueCore

/// A supervisor as recorded in its lock file.
public struct SupervisorRecord: Equatable, Sendable {
  /// Its process.
  public var process: ProcessIdentity
  /// When its command began, in uptime.
  public var begun: Duration
  /// When it began to supervise.
  public var startedAt: Timestamp
  /// The number of workers to keep.
  public var count: Int
  /// The queues its workers serve; empty for all.
  public var queues: [String]
  /// Whether its workers leave once no job is left, and enqueue only what is due when they start.
  public var drains: Bool
  /// Whether it starts no more workers.
  public var isStopping = false
  /// When it replaces a dead worker; nil if no replacement is due.
  public var restartsAt: Timestamp?

  /// Creates the record of a supervisor that has just started.
  public init(
    process: ProcessIdentity, begun: Duration, startedAt: Timestamp, count: Int, queues: [String],
    drains: Bool = false
  ) {
    self.process = process
    self.begun = begun
    self.startedAt = startedAt
    self.count = count
    self.queues = queues
    self.drains = drains
  }

  /// Its state in one word.
  public var state: String {
    if isStopping { return "stopping" }
    return restartsAt == nil ? "running" : "restarting"
  }

  /// Returns how soon it starts a worker for `queue`, nil for any queue; nil if never.
  public func restart(serving queue: String?, at now: Moment) -> Duration? {
    guard !isStopping, queues.isEmpty || queue.map(queues.contains) ?? true else { return nil }
    return restartsAt.map { max(.zero, $0 - now.wall) } ?? .zero
  }
}

/// A supervisor's lock file, which `worker stop` and the worker listings read.
public final class SupervisorLock {
  private let lock: WorkerLock
  private var record: SupervisorRecord

  /// Locks the file of this process and writes the record.
  public init(_ record: SupervisorRecord, in directory: QueueDirectory) throws(SystemError) {
    lock = try WorkerLock(at: directory.supervisorLock(of: record.process))
    self.record = record
    lock.note(record.text)
  }

  /// Updates the published record.
  public func show(isStopping: Bool, restartsAt: Timestamp?) {
    guard record.isStopping != isStopping || record.restartsAt != restartsAt else { return }
    record.isStopping = isStopping
    record.restartsAt = restartsAt
    lock.note(record.text)
  }
}

extension QueueDirectory {
  /// Returns the running supervisors by pid; empty if the directory of locks is missing.
  public func supervisors() throws(SystemError) -> [SupervisorRecord] {
    var found: [SupervisorRecord] = []
    for name in try lockNames() where name.hasPrefix("supervisor-") {
      let path = "\(locks)/\(name)"
      // Read the record before testing the lock: an earlier process may have left the file.
      guard let text = try WorkerLock.knownNote(at: path), let isHeld = WorkerLock.isHeld(path),
        isHeld != .no, let record = SupervisorRecord(text: text)
      else { continue }
      found.append(record)
    }
    return found.sorted { $0.process.pid < $1.process.pid }
  }

  private func lockNames() throws(SystemError) -> [String] {
    do throws(SystemError) {
      return try FileNames.all(in: locks)
    } catch {
      guard error.code == ENOENT else { throw error }
      return []
    }
  }
}

extension SupervisorRecord {
  fileprivate var text: String {
    var writer = JSONWriter()
    writer.object { json in
      json.field("host", process.host)
      json.field("site", process.site?.text)
      json.field("boot", process.boot?.text)
      json.field("pid", Int(process.pid))
      json.field("pid_start", Int(process.startTicks))
      json.field("begun_ns", Int(begun.nanoseconds))
      json.field("started_ms", Int(startedAt.milliseconds))
      json.field("count", count)
      json.field("queues", queues)
      // A number, because versions before it take any boolean for the next field.
      json.field("drains", drains ? 1 : 0)
      json.field("stopping", isStopping)
      json.field("restarts_ms", restartsAt.map { Int($0.milliseconds) })
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  fileprivate init?(text: String) {
    var texts: [String: String] = [:]
    var numbers: [String: Int] = [:]
    var queues: [String] = []
    var isStopping = false
    do {
      var reader = JSONReader(Array(text.utf8))
      try reader.readObject { name, reader throws in
        switch try reader.peek() {
        case .string: texts[name] = try reader.readString()
        case .number: numbers[name] = try reader.readNumber().integer
        case .array: try reader.readArray { queues.append(try $0.readString()) }
        case .boolean: isStopping = try reader.readBoolean()
        default: _ = try reader.skipValue()
        }
      }
    } catch {
      return nil
    }
    guard let host = texts["host"],
      let pid = numbers["pid"].flatMap(Int32.init(exactly:)), let ticks = numbers["pid_start"],
      let begun = numbers["begun_ns"], let started = numbers["started_ms"],
      let count = numbers["count"]
    else { return nil }
    self.init(
      process: ProcessIdentity(
        host: host, site: texts["site"].flatMap(Site.init(text:)),
        boot: texts["boot"].map(BootID.init),
        pid: pid, startTicks: Int64(ticks)),
      begun: .nanoseconds(begun), startedAt: Timestamp(milliseconds: Int64(started)), count: count,
      queues: queues, drains: numbers["drains"] == 1)
    self.isStopping = isStopping
    restartsAt = numbers["restarts_ms"].map { Timestamp(milliseconds: Int64($0)) }
  }
}
