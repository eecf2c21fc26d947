import QueueCore
import QueueOperations

/// The first view, chosen by the command line.
public struct FirstView: Equatable, Sendable {
  var tab: Tab?
  var queue: String?
  var filter: FilterText
  /// An unknown tab name, as typed.
  private var unknownTab: String?

  /// The names of the tabs, for messages.
  public static var tabs: [String] { Tab.all.map(\.word) }

  /// Creates a view; nil and an empty text leave the choice to the screen.
  public init(tab word: String? = nil, queue: String? = nil, filter: String = "") {
    tab = word.flatMap { word in
      let name = JobState(typed: word)?.rawValue ?? word.lowercased()
      return Tab.all.first { $0.word == name }
    }
    unknownTab = tab == nil ? word : nil
    self.queue = queue
    self.filter = FilterText(filter)
  }

  /// The message for an invalid option; nil if all are valid.
  public var problem: String? {
    if let unknownTab {
      return "--tab takes \(Self.tabs.joined(separator: ", ")), not \"\(unknownTab)\""
    }
    return filter.problem.map { "--filter: \($0)" }
  }
}

extension MonitorState {
  /// Applies the first view.
  mutating func begin(with view: FirstView) {
    if let tab = view.tab { show(tab) }
    request.queue = view.queue
    request.filter = view.filter
    if !view.filter.isEmpty { request.searchTime = .seconds(1) }
  }
}
