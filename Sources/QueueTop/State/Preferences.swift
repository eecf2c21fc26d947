import QueueCore
import QueueOperations

/// The choices that the file `top.json` keeps for the next start.
public struct Preferences: Equatable, Sendable {
  var tab: Tab?
  /// The sort of each tab that differs from the default.
  var sorts: [Tab: String] = [:]
  var showsAllColumns = false
  /// Whether to show the details pane; nil: if there is room.
  var wantsDetails: Bool?
  /// The chosen background; nil for the terminal's.
  var background: Background?

  /// Creates empty choices.
  public init() {}

  /// Parses the file's content.
  /// - Throws: the error, after the file's name.
  public init(_ bytes: [UInt8]) throws {
    var reader = JSONReader(bytes)
    try reader.readObject { (key, reader) throws in try read(key, &reader) }
    try reader.expectEnd()
  }

  private mutating func read(_ key: String, _ reader: inout JSONReader) throws {
    switch key {
    case "tab": tab = try Self.tab(try reader.readString())
    case "sort":
      try reader.readObject { (word, reader) throws in
        sorts[try Self.tab(word)] = try reader.readString()
      }
    case "columns": showsAllColumns = try Self.choice(["fitting", "all"], &reader) == "all"
    case "details": wantsDetails = try Self.choice(["hidden", "shown"], &reader) == "shown"
    case "background":
      background = Background(rawValue: try Self.choice(["dark", "light"], &reader))
    default: throw PreferencesError("has an unknown key \(quoted: key)")
    }
  }

  private static func tab(_ word: String) throws -> Tab {
    guard let tab = Tab.all.first(where: { $0.word == word }) else {
      throw PreferencesError("has an unknown tab \(quoted: word)")
    }
    return tab
  }

  private static func choice(_ words: [String], _ reader: inout JSONReader) throws -> String {
    let word = try reader.readString()
    guard words.contains(word) else {
      throw PreferencesError("has \(quoted: word) instead of \(words.asAlternatives)")
    }
    return word
  }

  /// The file's content.
  var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      if let tab { json.field("tab", tab.word) }
      json.key("sort")
      json.object { json in
        for tab in Tab.all {
          guard let sort = sorts[tab] else { continue }
          json.key(text: tab.word)
          json.value(sort)
        }
      }
      json.field("columns", showsAllColumns ? "all" : "fitting")
      if let wantsDetails { json.field("details", wantsDetails ? "shown" : "hidden") }
      if let background { json.field("background", background.rawValue) }
    }
    writer.lineEnd()
    return writer.bytes
  }
}

/// An error in the file.
struct PreferencesError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// The message.
public enum Background: String, Sendable {
  case dark, light
}

extension MonitorState {
  /// The choices to keep.
  var preferences: Preferences {
    var preferences = Preferences()
    preferences.tab = tab
    var sorts = sorts
    sorts[request.tab] = request.sort
    for (tab, sort) in sorts where sort != JobSort(of: tab) {
      preferences.sorts[.jobs(tab)] = Self.word(sort.key.kept, sort.isReversed)
    }
    if queueTable.sort != .name || queueTable.isReversed {
      preferences.sorts[.queues] = Self.word(queueTable.sort.rawValue, queueTable.isReversed)
    }
    if workerTable.sort != .worker || workerTable.isReversed {
      preferences.sorts[.workers] = Self.word(workerTable.sort.rawValue, workerTable.isReversed)
    }
    if scheduleTable.sort != .name || scheduleTable.isReversed {
      preferences.sorts[.schedules] = Self.word(
        scheduleTable.sort.rawValue, scheduleTable.isReversed)
    }
    preferences.showsAllColumns = showsAllColumns
    preferences.wantsDetails = wantsDetails
    preferences.background = background
    return preferences
  }

  private static func word(_ column: String, _ isReversed: Bool) -> String {
    (isReversed ? "-" : "") + column
  }

  /// Applies kept choices. Unknown columns are ignored.
  mutating func begin(with preferences: Preferences) {
    for (tab, word) in preferences.sorts {
      let isReversed = word.hasPrefix("-")
      let column = isReversed ? String(word.dropFirst()) : word
      switch tab {
      case .jobs(let tab):
        guard let key = SortKey.allCases.first(where: { $0.kept == column }) else { continue }
        var sort = JobSort()
        (sort.key, sort.isReversed) = (key, isReversed)
        sorts[tab] = sort
        if tab == request.tab { request.sort = sort }
      case .queues:
        if let sort = QueueSort(rawValue: column) {
          (queueTable.sort, queueTable.isReversed) = (sort, isReversed)
        }
      case .workers:
        if let sort = WorkerSort(rawValue: column) {
          (workerTable.sort, workerTable.isReversed) = (sort, isReversed)
        }
      case .schedules:
        if let sort = ScheduleSort(rawValue: column) {
          (scheduleTable.sort, scheduleTable.isReversed) = (sort, isReversed)
        }
      }
    }
    showsAllColumns = preferences.showsAllColumns
    wantsDetails = preferences.wantsDetails
    background = preferences.background
    if let tab = preferences.tab { show(tab) }
  }
}

extension SortKey {
  /// The column as it is kept: its whole title.
  fileprivate var kept: String { title(isWide: true).lowercased() }
}
