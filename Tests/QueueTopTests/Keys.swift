import Testing

@testable import QueueTop

@Suite struct Keys {
  private func inputs(_ text: String) -> [Input] {
    var decoder = KeyDecoder()
    return decoder.feed(text.utf8) + decoder.pause()
  }

  @Test(arguments: [
    ("q", Key.character("q")), ("ä", .character("ä")), ("日", .character("日")), ("\r", .enter),
    ("\n", .enter), ("\t", .tab), ("\u{7F}", .backspace), ("\u{8}", .backspace),
    ("\u{1}", .control("a")), ("\u{C}", .control("l")), ("\u{1B}", .escape),
    ("\u{1B}[A", .up), ("\u{1B}OA", .up), ("\u{1B}[B", .down), ("\u{1B}[C", .right),
    ("\u{1B}OD", .left), ("\u{1B}[H", .home), ("\u{1B}[1~", .home), ("\u{1B}[7~", .home),
    ("\u{1B}[4~", .end), ("\u{1B}OF", .end), ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown),
    ("\u{1B}[3~", .delete), ("\u{1B}[Z", .backTab), ("\u{1B}OP", .function(1)),
    ("\u{1B}[11~", .function(1)), ("\u{1B}[[A", .function(1)), ("\u{1B}[20~", .function(9)),
    ("\u{1B}[21~", .function(10)),
  ])
  func `the sequences of terminals are decoded as keys`(text: String, key: Key) {
    #expect(inputs(text) == [.key(key)])
  }

  @Test(arguments: [
    "\u{1B}[1;5R", "\u{1B}[24;80R", "\u{1B}[99~", "\u{1B}[?1;2c", "\u{1B}Or", "\u{1B}r",
    "\u{1B}[200", "\u{1B}[<0;1;1m", "\u{0}", "\u{1F}",
  ])
  func `no part of an unknown sequence is read as a letter`(text: String) {
    #expect(inputs(text) == [.key(.unknown)])
  }

  @Test func `bytes that aren't UTF-8 are skipped`() {
    var decoder = KeyDecoder()
    #expect(
      decoder.feed([0xFF, 0xC3, 0x28]) + decoder.pause() == [.key(.unknown), .key(.unknown)])
    #expect(decoder.feed([0x71]) == [.key(.character("q"))])
  }

  @Test func `a key that arrives in pieces is one key`() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]).isEmpty && decoder.isWaiting)
    #expect(decoder.feed([0x5B]).isEmpty && decoder.isWaiting)
    #expect(decoder.feed([0x41, 0x71]) == [.key(.up), .key(.character("q"))])
    #expect(!decoder.isWaiting)
  }

  @Test func `a pause distinguishes escape from a sequence`() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]).isEmpty)
    #expect(decoder.pause() == [.key(.escape)])
    #expect(decoder.feed([0x1B, 0x1B]) == [.key(.escape)])
    #expect(decoder.pause() == [.key(.escape)])
  }

  @Test func `pasted text is one text, even in pieces, and contains no keys`() {
    #expect(
      inputs("\u{1B}[200~ry\n\u{1B}[A\u{1B}[201~q") == [
        .paste("ry\n\u{1B}[A"), .key(.character("q")),
      ])
    var decoder = KeyDecoder()
    #expect(decoder.feed("\u{1B}[200~ab\u{1B}[20".utf8).isEmpty)
    #expect(!decoder.isWaiting, "a paste may take its time")
    #expect(decoder.pause().isEmpty)
    #expect(decoder.feed("1~j".utf8) == [.paste("ab"), .key(.character("j"))])
  }

  @Test func `clicks and the wheel have their position`() {
    #expect(inputs("\u{1B}[<0;5;3M") == [.mouse(.click, Frame.Place(row: 2, column: 4))])
    #expect(inputs("\u{1B}[<64;1;1M") == [.mouse(.wheelUp, Frame.Place(row: 0, column: 0))])
    #expect(inputs("\u{1B}[<2;1;1M") == [.key(.unknown)])
  }

  @Test func `the terminal database's own keys take precedence`() {
    var decoder = KeyDecoder(known: [[0x1B, 0x5B, 0x7A]: .home])
    #expect(decoder.feed([0x1B, 0x5B, 0x7A]) == [.key(.home)])
  }
}
