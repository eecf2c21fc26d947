import QueueCore
import QueueOperations

/// The keys on the page of error groups.
extension MonitorState {
  /// The page's cursor; nil on other pages.
  var groupSelection: Selection<ErrorGroup.Key>? {
    get { if case .groups(let selection) = page { selection } else { nil } }
    set { if let newValue { page = .groups(newValue) } }
  }

  var groupKeys: [ErrorGroup.Key] { (snapshot?.groups ?? []).map(\.key) }

  private var selectedGroup: ErrorGroup.Key? {
    let keys = groupKeys
    return groupSelection.flatMap { keys.indices.contains($0.index) ? keys[$0.index] : nil }
  }

  mutating func openGroups() {
    page = .groups(Selection())
    request.wantsGroups = true
  }

  mutating func closeGroups() {
    page = .lists
    request.wantsGroups = false
  }

  /// Lists only the group's jobs.
  mutating func showGroup() {
    guard let group = selectedGroup else { return }
    closeGroups()
    show(.dead)
    request.filter = FilterText("")
    request.group = group
    list.selection.followFirst()
  }

  var whyNoGroup: String? { selectedGroup == nil ? "there is no group here" : nil }

  mutating func gatherGroup(_ purpose: BulkSelection.Purpose) -> [Effect] {
    gatherAll(BulkSelection(purpose: purpose, filter: FilterText(""), group: selectedGroup))
  }
}
