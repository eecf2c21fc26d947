/// A cursor that stays on its row, rather than at its index, while rows come and go.
struct Selection<ID: Hashable & Sendable>: Equatable, Sendable {
  /// The row under the cursor; nil in an empty list, or to follow the first row.
  private(set) var id: ID?
  /// The row's index, or its last one if the row is gone.
  private(set) var index = 0
  /// The first visible row.
  private(set) var top = 0
  /// The end of the list to go to once it is read.
  private var isBoundFor: CursorMove?

  /// Puts the cursor on a row.
  mutating func move(to index: Int, in ids: [ID]) {
    isBoundFor = nil
    self.index = max(0, min(ids.count - 1, index))
    id = ids.isEmpty ? nil : ids[self.index]
  }

  /// Moves the cursor within the rows.
  mutating func move(_ motion: CursorMove, in ids: [ID]) {
    switch motion {
    case .by(let rows): move(to: index + rows, in: ids)
    case .toFirst: move(to: 0, in: ids)
    case .toLast: move(to: ids.count - 1, in: ids)
    }
  }

  /// Puts the cursor on the first or last row once rows are read.
  mutating func goOnce(_ end: CursorMove) {
    followFirst()
    isBoundFor = end
  }

  /// Puts the cursor on the first row and keeps it there.
  mutating func followFirst() {
    isBoundFor = nil
    id = nil
    index = 0
    top = 0
  }

  /// Finds the row in a changed list and scrolls until it is among the `height` visible rows.
  ///
  /// The row keeps its place on the screen if possible. If it is gone, the cursor moves to the row
  /// now at its index.
  mutating func settle(in ids: [ID], height: Int) {
    let offset = index - top
    if let isBoundFor, !ids.isEmpty {
      move(isBoundFor, in: ids)
    } else if id == nil {
      index = 0
    } else if let found = ids.firstIndex(where: { $0 == id }) {
      index = found
      top = found - offset
    } else {
      move(to: index, in: ids)
    }
    top = min(top, index)
    top = max(top, index - max(1, height) + 1)
    top = max(0, min(top, ids.count - height))
  }
}
