import QueueOperations

/// The view that the command line chose to begin with.
public struct FirstView: Equatable, Sendable {
  var tab: Tab?
  var queue: String?
  var filter: FilterText
  /// The tab as it was typed, if there is none of that name.
  private var unknownTab: String?

  /// The names of the tabs, for messages.
  public static var tabs: [String] { Tab.all.map(\.word) }

  /// Nil, and an empty text, leave it to the screen.
  public init(tab word: String? = nil, queue: String? = nil, filter: String = "") {
    tab = word.flatMap { word in Tab.all.first { $0.word == word.lowercased() } }
    unknownTab = tab == nil ? word : nil
    self.queue = queue
    self.filter = FilterText(filter)
  }

  /// The option that isn't right, and why; nil if all are.
  public var problem: String? {
    if let unknownTab {
      return "--tab takes \(Self.tabs.joined(separator: ", ")), not \"\(unknownTab)\""
    }
    return filter.problem.map { "--filter: \($0)" }
  }
}

extension MonitorState {
  /// Shows that view first.
  mutating func begin(with view: FirstView) {
    if let tab = view.tab { show(tab) }
    request.queue = view.queue
    request.filter = view.filter
    if !view.filter.isEmpty { request.searchTime = .seconds(1) }
  }
}
