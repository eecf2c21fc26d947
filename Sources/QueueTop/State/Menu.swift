/// The actions that fit the row, for those who don't know the keys.
struct Menu: Equatable, Sendable {
  /// A key and what it does.
  struct Item: Equatable, Sendable {
    var key: Key
    var name: String
    var label: String

    init(_ character: Character, _ label: String) {
      key = .character(character)
      name = String(character)
      self.label = label
    }
  }

  var title: String
  var items: [Item]
  var index = 0

  mutating func move(by rows: Int) {
    index = max(0, min(items.count - 1, index + rows))
  }
}
