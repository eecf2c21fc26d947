import Testing

@testable import QueueTop

/// Keys that are typed faster than rows are read.
@Suite struct `Typing ahead` {
  private func input(_ character: Character) -> Input { .key(.character(character)) }

  /// What may be done at that time, one after the other.
  private func take(
    from typed: inout TypeAhead, isAwaitingRows: Bool, at milliseconds: Int
  ) -> [Input] {
    var taken: [Input] = []
    while let input = typed.next(isAwaitingRows: isAwaitingRows, at: .milliseconds(milliseconds)) {
      taken.append(input)
    }
    return taken
  }

  @Test func `keys come in the order in which they were typed`() {
    var typed = TypeAhead()
    typed.append([input("a")], at: .zero)
    typed.append([input("b")], at: .zero)
    let taken = take(from: &typed, isAwaitingRows: false, at: 0)
    #expect(taken == [input("a"), input("b")])
    #expect(typed.isEmpty)
  }

  @Test func `they wait for rows, but not for long, counted from the first that waits`() {
    var typed = TypeAhead()
    typed.append([input("4"), input("r")], at: .seconds(1))
    let first = typed.next(isAwaitingRows: false, at: .seconds(1))
    #expect(first == input("4"))
    typed.append([input("y")], at: .milliseconds(1200))
    let early = take(from: &typed, isAwaitingRows: true, at: 1299)
    #expect(early == [])
    let late = typed.next(isAwaitingRows: true, at: .milliseconds(1300))
    #expect(late == input("r"))
    typed.drop()
    #expect(typed.isEmpty)
  }
}
