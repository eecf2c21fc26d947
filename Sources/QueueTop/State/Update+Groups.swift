import QueueCore
import QueueOperations

extension MonitorState {
  mutating func openGroups() {
    page = .groups(Selection())
    look.wantsGroups = true
  }

  private mutating func closeGroups() {
    page = .lists
    look.wantsGroups = false
  }

  /// What a key does on the page of error groups.
  mutating func handle(_ key: Key, on selection: Selection<ErrorGroup.Key>) -> [Effect] {
    var selection = selection
    let keys = (snapshot?.groups ?? []).map(\.key)
    if let motion = Motion(key, page: layout.groups.count) {
      selection.move(motion, in: keys)
      page = .groups(selection)
      return []
    }
    switch key {
    case .left: shift = max(0, shift - 8)
    case .right: shift = min(400, shift + 8)
    case .enter: return showOnly(selection, in: keys)
    case .character("r"), .character("d"):
      return gather(selection, in: keys, key == .character("r") ? .retry : .discard)
    case .character("q"), .escape, .character("e"), .function(10): closeGroups()
    default: break
    }
    return []
  }

  private mutating func showOnly(
    _ selection: Selection<ErrorGroup.Key>, in keys: [ErrorGroup.Key]
  ) -> [Effect] {
    guard keys.indices.contains(selection.index) else { return [] }
    closeGroups()
    show(.dead)
    look.filter = FilterText("")
    look.group = keys[selection.index]
    list.selection.followFirst()
    return []
  }

  private mutating func gather(
    _ selection: Selection<ErrorGroup.Key>, in keys: [ErrorGroup.Key], _ purpose: Gathering.Purpose
  ) -> [Effect] {
    guard keys.indices.contains(selection.index) else { return [] }
    return gatherAll(
      Gathering(purpose: purpose, filter: FilterText(""), group: keys[selection.index]))
  }
}
