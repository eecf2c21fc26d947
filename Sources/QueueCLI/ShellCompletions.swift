import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// What the shell offers for a word, read from the queue at that moment. Where nothing can be read,
/// nothing is offered.
enum ShellCompletions {
  /// The newest jobs.
  static let jobs = jobs()
  /// The newest dead jobs.
  static let deadJobs = jobs(in: [.dead])
  /// The newest jobs that still have something to run.
  static let unfinishedJobs = jobs(in: JobState.allCases.filter(\.isUnfinished))
  /// Queues that have or had jobs.
  static let queues = words { store, _ in try store.queueControls().queues.map(\.name) }
  /// Workers that are known.
  static let workers = words { store, _ in try store.workers().map(\.id.description) }
  /// The states of a job.
  static let states = CompletionKind.list(JobState.allCases.map(\.rawValue))
  /// The keys of all settings.
  static let settings = CompletionKind.list(Setting.all.map(\.key))

  /// More than these are no help in a terminal.
  private static let jobLimit = 200

  private static func jobs(in states: [JobState] = []) -> CompletionKind {
    words { store, now in
      try store.jobs(JobQuery(states: states), limit: jobLimit, after: nil, at: now).jobs.map(
        \.id.text)
    }
  }

  /// - Parameter read: gives the words; the shell offers those that begin like what was typed.
  private static func words(
    _ read: @escaping @Sendable (any QueueReader, Moment) throws -> [String]
  ) -> CompletionKind {
    .custom { words, _, _ in
      // There is nobody to tell of an error: the shell only takes words.
      guard let session = try? Session(location(in: words), creating: false) else { return [] }
      return (try? read(session.store, session.clock.now())) ?? []
    }
  }

  /// The queue that the command line so far is about.
  private static func location(in words: [String]) throws -> DatabaseLocation {
    var flag: String?
    for (word, next) in zip(words, words.dropFirst()) where word == "--db" { flag = next }
    if let joined = words.last(where: { $0.hasPrefix("--db=") }) {
      flag = String(joined.dropFirst(5))
    }
    return try DatabaseLocation(flag: flag)
  }
}
