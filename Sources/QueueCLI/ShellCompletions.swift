import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// Words read from the queue for shell completion; none if it can't be read.
enum ShellCompletions {
  static let jobs = jobs()
  static let deadJobs = jobs(in: [.dead])
  static let unfinishedJobs = jobs(in: JobState.unfinished)
  static let endedJobs = jobs(in: JobState.ended)
  static let queues = words { store, _, _ in try store.queueControls().queues.map(\.name) }
  static let schedules = words { store, _, _ in try store.schedules().map(\.name) }
  static let jobsAndSchedules = words { store, now, _ in
    try jobIDs(of: store, at: now) + store.schedules().map(\.name)
  }
  static let tags = words { store, _, typed in
    let tags = try store.tags(startingWith: typed, atMost: wordLimit)
    // The typed word may have its quotes.
    return try tags.isEmpty ? store.tags(startingWith: "", atMost: wordLimit) : tags
  }
  static let workers = words { store, _, _ in try store.workers().map(\.id.description) }
  static let states = list(of: JobState.allCases.map(\.rawValue))
  static let fields = list(of: JobField.allCases.filter { $0 != .argv }.map(\.rawValue))
  static let settings = CompletionKind.list(Setting.all.map(\.key))
  /// The words that the setting before it takes.
  static let settingValues = CompletionKind.custom { words, _, _ in
    guard let setting = words.lazy.compactMap({ try? Setting.named($0) }).first else { return [] }
    let isTaken = { (word: String) -> Bool in
      var settings = Settings()
      return (try? setting.apply(word, to: &settings)) != nil
    }
    // A setting that takes any text has no words to offer.
    guard !isTaken("x") else { return [] }
    return setting.range.split { !$0.isLetter }.map(String.init).filter(isTaken)
  }

  /// Names with commas between them, each once.
  private static func list(of names: [String]) -> CompletionKind {
    .custom { _, _, typed in
      // The typed word may have its option and its quotes.
      let value = typed.hasPrefix("--") ? typed.drop { $0 != "=" }.dropFirst() : typed[...]
      let unquoted: String = value.filter { $0 != "'" && $0 != "\"" }
      let given = unquoted.split(separator: ",", omittingEmptySubsequences: false).dropLast()
        .map(String.init)
      let start = given.map { "\($0)," }.joined()
      return names.filter { !given.contains($0) }.map { start + $0 }
    }
  }

  /// The newest jobs are offered, and the first tags; more wouldn't help.
  private static let wordLimit = 200

  private static func jobs(in states: [JobState] = []) -> CompletionKind {
    words { store, now, _ in try jobIDs(of: store, in: states, at: now) }
  }

  private static func jobIDs(
    of store: any QueueReader, in states: [JobState] = [], at now: Moment
  ) throws -> [String] {
    try store.jobs(JobQuery(states: states), limit: wordLimit, after: nil, at: now).jobs
      .map(\.id.text)
  }

  /// - Parameter read: returns the words; gets the typed one. The shell filters them by prefix.
  private static func words(
    _ read: @escaping @Sendable (any QueueReader & ScheduleStore, Moment, String) throws -> [String]
  ) -> CompletionKind {
    .custom { words, _, typed in
      // A shell accepts only words, so errors can't be reported.
      guard let session = try? Session(location(in: words), creating: false) else { return [] }
      return (try? read(session.store, session.clock.now(), typed)) ?? []
    }
  }

  /// The queue that the command line selects.
  private static func location(in words: [String]) throws -> DatabaseLocation {
    var flag: String?
    for (word, next) in zip(words, words.dropFirst()) where word == "--db" { flag = next }
    if let joined = words.last(where: { $0.hasPrefix("--db=") }) {
      flag = String(joined.dropFirst(5))
    }
    return try DatabaseLocation(flag: flag)
  }
}
