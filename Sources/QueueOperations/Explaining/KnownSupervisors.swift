public import QueueCore
public import QueueHost

/// The supervisors of a queue, or the reason why they can't be listed.
public struct KnownSupervisors: Sendable {
  /// The supervisors; empty when they can't be listed.
  public let list: [SupervisorRecord]
  /// Why they can't be listed; `all` is then empty and means nothing.
  public let trouble: String?

  /// Lists them.
  public init(_ read: () throws(SystemError) -> [SupervisorRecord]) {
    do throws(SystemError) {
      list = try read()
      trouble = nil
    } catch {
      list = []
      trouble = "unknown whether supervisors run: \(error)"
    }
  }

  /// Whether all of these workers leave once no job is left; false for workers of other hosts.
  public func drain(_ workers: [WorkerRecord]) -> Bool {
    guard !workers.isEmpty, !list.isEmpty, list.allSatisfy(\.drains) else { return false }
    return workers.allSatisfy { worker in
      list.contains { $0.process.host == worker.process.host }
    }
  }

  /// Returns the time until one starts a worker that serves `queue`, or any queue for nil.
  public func restart(serving queue: String?, at now: Moment) -> Duration? {
    list.compactMap { $0.restart(serving: queue, at: now) }.min()
  }
}
