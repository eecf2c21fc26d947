import QueueCore
import QueueHost
import QueueSession
import QueueWorker

/// Waits for jobs to end, without asking all the time: whoever ends one rings, and now and then it
/// is looked without that.
///
/// Workers that are gone are cleared away meanwhile, as their jobs would never end.
struct EndWatch {
  private let session: Session
  private let settings: Settings
  private let bell: (any BellListener)?

  /// Starts listening; so it is made before the first look.
  init(_ session: Session) throws {
    self.session = session
    settings = try session.store.settings()
    // Where there is no queue nothing is made for it.
    bell = session.isMissing ? nil : Self.bell(at: session.directory)
  }

  /// Asks again and again whether it is over, each time a job may have ended.
  /// - Parameter deadline: by the uptime clock; nil for none.
  /// - Returns: false when the deadline came first.
  /// - Throws: also when the queue isn't found under its name any more, as nobody would end the job
  ///   in what was opened.
  func wait(until deadline: Duration? = nil, isOver: (Moment) throws -> Bool) throws -> Bool {
    var caretaker = Caretaker(session.reclaimer(), at: session.clock.now().uptime)
    while true {
      let now = session.clock.now()
      try caretaker.care(settings: settings, at: now)
      if try isOver(now) { return true }
      if let deadline, now.uptime >= deadline { return false }
      guard !session.store.hasMoved() else {
        throw Failure("\(session.directory.database) was moved, removed or replaced meanwhile")
      }
      let pause = min(settings.pollInterval, settings.lease / 6)
      Doorbell.wait(for: bell, atMost: deadline.map { min($0 - now.uptime, pause) } ?? pause)
    }
  }

  /// Nil where none can be made: then it is looked only once in a while.
  private static func bell(at directory: QueueDirectory) -> (any BellListener)? {
    do throws(SystemError) {
      try directory.create()
      return try Doorbell(listeningTo: directory.endBell)
    } catch {
      return nil
    }
  }
}
