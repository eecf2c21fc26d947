import Glibc
package import QueueCore

/// Waits for commits to a queue, by watching the WAL, or for output of a run.
/// Create it before reading the state to display, so that no change is missed.
public final class ActivityWatch {
  /// The longest wait with inotify, because some file systems send no events.
  private static let longestWait = Duration.seconds(1)
  /// The pause after an event, which limits wakeups in a busy queue.
  private static let shortestPause = Duration.milliseconds(20)

  private static let blindWait = Duration.milliseconds(200)

  private let files: FileWatch?
  /// Why inotify isn't available and the watch polls instead; nil if it is.
  public let blindness: SystemError?

  private let longestWait: Duration

  /// Watches a queue, and the log of `run`.
  package init(_ directory: QueueDirectory, logs: any LogShelf, run: RunID? = nil) {
    // Commits on a server are noticed at the next look, and output of another host, too.
    let isBlind = run.map(logs.isElsewhere) ?? false
    longestWait = isBlind ? Self.blindWait : Self.longestWait
    let paths = [directory.database.map { $0 + "-wal" }, run.map(directory.log)].compactMap { $0 }
    do throws(SystemError) {
      let files = try FileWatch()
      for path in paths {
        do throws(SystemError) {
          try files.add(path, Int(IN_MODIFY))
        } catch {
          // A file that doesn't exist yet is checked once a second.
          guard error.code == ENOENT else { throw error }
        }
      }
      self.files = files
      blindness = nil
    } catch {
      files = nil
      blindness = error
    }
  }

  /// Waits for an event, up to 1 s; returns false once `pipe`, the write end, has no reader.
  public func wait(whileReadBy pipe: Int32? = nil) -> Bool {
    guard let files else {
      return !Poll.wait(forReaderToLeave: pipe, atMost: Self.blindWait)
    }
    defer { _ = files.hasHeard() }
    return
      !Poll.wait(forReaderToLeave: pipe, orFor: files.descriptor, atMost: longestWait)
      && !Poll.wait(forReaderToLeave: pipe, atMost: Self.shortestPause)
  }
}
