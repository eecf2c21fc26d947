import Testing

@testable import QueueTop

/// Keys typed faster than rows are read.
@Suite struct `Typing ahead` {
  private func input(_ character: Character) -> Input { .key(.character(character)) }

  /// The keys to handle at that time, in order.
  private func take(
    from typed: inout TypeAhead, isAwaitingRows: Bool, at milliseconds: Int
  ) -> [Input] {
    var taken: [Input] = []
    while let input = typed.next(isAwaitingRows: isAwaitingRows, at: .milliseconds(milliseconds)) {
      taken.append(input)
    }
    return taken
  }

  @Test func `keys keep their order`() {
    var typed = TypeAhead()
    typed.append([input("a")], at: .zero)
    typed.append([input("b")], at: .zero)
    let taken = take(from: &typed, isAwaitingRows: false, at: 0)
    #expect(taken == [input("a"), input("b")])
    #expect(typed.isEmpty)
  }

  @Test func `keys wait for rows for a limited time, counted from the first`() {
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
