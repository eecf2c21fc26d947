public import QueueCore

/// Reclaims lost jobs periodically; judges silence by ``SuspendGuard``.
public struct Caretaker {
  private let reclaimer: Reclaimer
  private var wakefulness: SuspendGuard
  private var nextCare: Duration
  /// Whether the last check failed; the cause may have blocked other workers' heartbeats, too.
  private var wasHeldUp = false

  /// Begins at `now`, in uptime.
  public init(_ reclaimer: Reclaimer, at now: Duration) {
    self.reclaimer = reclaimer
    wakefulness = SuspendGuard(at: now)
    nextCare = now
  }

  /// Checks the workers if due, else returns nil. Call it at every wakeup.
  /// - Parameter isDue: receives whether silence is judged.
  public mutating func care(
    except own: WorkerID? = nil, settings: Settings, at now: Moment, isDue: (Bool) -> Bool
  ) throws(StoreError) -> [Reclaimer.Result]? {
    if wasHeldUp { wakefulness.heldUp(at: now.uptime) }
    wasHeldUp = false
    let judgesSilence = wakefulness.judgesSilence(settings, at: now.uptime)
    guard isDue(judgesSilence) else { return nil }
    do throws(StoreError) {
      return try reclaimer.reclaimLost(
        except: own, judgingSilence: judgesSilence, settings: settings, at: now)
    } catch {
      wasHeldUp = true
      throw error
    }
  }

  /// Requeues the job that the store has in the hands of this process's worker.
  func giveBack(_ own: WorkerRecord, settings: Settings, at now: Moment) throws(StoreError) {
    _ = try reclaimer.reclaim(own, settings: settings, at: now)
  }

  /// Checks as often as a process that waits for jobs needs; a busy store is retried next time.
  public mutating func care(settings: Settings, at now: Moment) throws(StoreError) {
    let due = nextCare
    var pause = Duration.zero
    do throws(StoreError) {
      _ = try care(settings: settings, at: now) { judgesSilence in
        pause = SuspendGuard.pause(settings, judgingSilence: judgesSilence)
        return now.uptime >= due
      }
    } catch {
      guard error.code == .busy else { throw error }
    }
    if now.uptime >= due { nextCare = now.uptime + pause }
  }
}
