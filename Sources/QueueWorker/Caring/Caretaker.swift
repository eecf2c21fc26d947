public import QueueCore

/// Looks after the workers of a queue again and again: the jobs of those that are gone come back.
///
/// Their silence counts only once nothing can have kept them from speaking: see ``SuspendGuard``.
public struct Caretaker {
  private let reclaimer: Reclaimer
  private var wakefulness: SuspendGuard
  private var nextCare: Duration
  /// Whether the store couldn't be reached: what kept us waiting may have kept others from
  /// speaking.
  private var wasHeldUp = false

  /// Of somebody who has just been started.
  /// - Parameter now: by the uptime clock.
  public init(_ reclaimer: Reclaimer, at now: Duration) {
    self.reclaimer = reclaimer
    wakefulness = SuspendGuard(at: now)
    nextCare = now
  }

  /// Looks, if it is time to. To be called whenever one is awake.
  /// - Parameter isDue: whether it is time, by whether silence is judged.
  /// - Returns: nil when it wasn't time.
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

  /// Looks as often as somebody needs who waits for what workers do. A store that others hold is
  /// asked again the next time.
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
