/// Where the cursor is in a list whose rows come and go: it stays on its row, not on a number.
struct Selection<ID: Hashable & Sendable>: Equatable, Sendable {
  /// The row under the cursor; nil when there is none, or for the first, whichever that is.
  private(set) var id: ID?
  /// Where that row is, or was before it went.
  private(set) var index = 0
  /// The first row that is shown.
  private(set) var top = 0
  /// The end to go to once its rows are read.
  private var isBoundFor: CursorMove?

  /// Puts the cursor on a row.
  mutating func move(to index: Int, in ids: [ID]) {
    isBoundFor = nil
    self.index = max(0, min(ids.count - 1, index))
    id = ids.isEmpty ? nil : ids[self.index]
  }

  /// Moves the cursor, as far as there are rows.
  mutating func move(_ motion: CursorMove, in ids: [ID]) {
    switch motion {
    case .by(let rows): move(to: index + rows, in: ids)
    case .toFirst: move(to: 0, in: ids)
    case .toLast: move(to: ids.count - 1, in: ids)
    }
  }

  /// Puts the cursor on the first or the last row as soon as there are rows.
  mutating func goOnce(_ end: CursorMove) {
    followFirst()
    isBoundFor = end
  }

  /// Puts the cursor on the first row, whichever that will be.
  mutating func followFirst() {
    isBoundFor = nil
    id = nil
    index = 0
    top = 0
  }

  /// Finds the row again in a list that has changed, and sees to it that it is among the `height`
  /// rows shown.
  ///
  /// The row keeps its place on the screen where it can. When it is gone, the one that took its
  /// place is next.
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
