import QueueCore

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
    let rows = max(1, size.height - 5)
    switch key {
    case .up, .character("k"): selection.move(by: -1, in: keys)
    case .down, .character("j"): selection.move(by: 1, in: keys)
    case .pageUp, .control("b"): selection.move(by: -rows, in: keys)
    case .pageDown, .control("f"): selection.move(by: rows, in: keys)
    case .home, .character("g"): selection.move(to: 0, in: keys)
    case .end, .character("G"): selection.move(to: keys.count - 1, in: keys)
    case .left: shift = max(0, shift - 8)
    case .right: shift += 8
    case .enter: return showOnly(selection, in: keys)
    case .character("r"), .character("d"):
      return gather(selection, in: keys, key == .character("r") ? .retry : .discard)
    case .character("q"), .escape, .character("e"), .function(10):
      closeGroups()
      return []
    case .control("c"): return [.quit]
    case .character("?"), .character("h"), .function(1): overlay = .help(0)
    case .function(5): return [.refresh]
    case .control("l"): return [.redraw, .refresh]
    default: return []
    }
    page = .groups(selection)
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
