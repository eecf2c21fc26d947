import QueueCore
import QueueHost
import QueueSession
import QueueWorker

/// Waits for jobs to end: woken by the doorbell, and polling in case a ring is missed. It also
/// reclaims the jobs of dead workers, which would never end otherwise.
struct EndWatch {
  private let session: Session
  private let settings: Settings
  private let bell: (any BellListener)?

  /// Starts listening. Create it before the first check, so that no end is missed.
  init(_ session: Session) throws {
    self.session = session
    settings = try session.store.settings()
    // Create no files for a queue that doesn't exist.
    bell = session.isMissing ? nil : Self.bell(at: session.directory)
  }

  /// Calls `isOver` on each ring or poll until it returns true. Throws if the database was moved,
  /// because no worker would end its jobs.
  /// - Returns: false once `deadline` (uptime clock; nil for none) has passed.
  func wait(until deadline: Duration? = nil, isOver: (Moment) throws -> Bool) throws -> Bool {
    var caretaker = Caretaker(session.reclaimer(), at: session.clock.now().uptime)
    while true {
      let now = session.clock.now()
      try caretaker.care(settings: settings, at: now)
      if try isOver(now) { return true }
      if let deadline, now.uptime >= deadline { return false }
      guard !session.store.hasMoved() else {
        throw Failure("\(session.location.shown) was moved, removed or replaced meanwhile")
      }
      let pause = min(settings.pollInterval, settings.lease / 6)
      Doorbell.wait(for: bell, atMost: deadline.map { min($0 - now.uptime, pause) } ?? pause)
    }
  }

  /// Nil if no doorbell can be created; then only polling remains.
  private static func bell(at directory: QueueDirectory) -> (any BellListener)? {
    do throws(SystemError) {
      try directory.create()
      return try Doorbell(listeningTo: directory.endBell)
    } catch {
      return nil
    }
  }
}
