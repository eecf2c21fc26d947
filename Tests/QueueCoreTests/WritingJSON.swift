import QueueCore
import Testing

@Suite struct WritingJSON {
  private func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `values are written in the order of the calls`() {
    let written = text { json in
      json.object { json in
        json.key("a")
        json.value(1)
        json.key("b")
        json.array { json in
          json.null()
          json.value(true)
          json.object { _ in }
          json.array { _ in }
          json.value(-2)
        }
        json.key(text: "c\"d")
        json.value("e")
      }
      json.lineEnd()
    }
    #expect(written == #"{"a":1,"b":[null,true,{},[],-2],"c\"d":"e"}"# + "\n")
  }

  @Test(arguments: [
    ("", #""""#), ("plain ' text /", #""plain ' text /""#), ("\"\\", #""\"\\""#),
    ("\n\r\t", #""\n\r\t""#), ("\0\u{1}\u{1B}[31m\u{1F}", #""\u0000\u0001\u001b[31m\u001f""#),
    ("a\u{202E}b\u{2028}\u{FEFF}\u{E0041}", #""a\u202eb\u2028\ufeff\udb40\udc41""#),
    ("\u{7F}\u{9B}\u{A0}", "\"\\u007f\\u009b\u{A0}\""), ("äß🚀 e\u{301}", "\"äß🚀 e\u{301}\""),
  ])
  func `text is escaped for JSON and for terminals`(value: String, expected: String) {
    #expect(Array(text { $0.value(value) }.utf8) == Array(expected.utf8))
  }

  @Test(arguments: [
    (0.0, "0"), (2.0, "2"), (-3.0, "-3"), (0.1, "0.1"), (1.5, "1.5"), (3600.25, "3600.25"),
    (1e15, "1000000000000000"), (-0.001, "-0.001"),
  ])
  func `whole numbers are written without a fraction`(number: Double, expected: String) {
    #expect(text { $0.value(number) } == expected)
  }

  @Test func `fields without a value are null`() {
    let written = text { json in
      json.object { json in
        json.field("text", "x")
        json.field("none", nil as String?)
        json.field("number", 3)
        json.field("share", nil as Double?)
        json.field("time", Timestamp(milliseconds: 1))
        json.field("never", nil as Timestamp?)
      }
    }
    #expect(
      written
        == #"{"text":"x","none":null,"number":3,"share":null,"time":"1970-01-01T00:00:00.001Z","#
        + #""never":null}"#
    )
  }

  @Test func `a cleared writer is empty`() {
    var writer = JSONWriter()
    writer.value(1)
    writer.clear()
    writer.value(2)
    #expect(writer.bytes == [UInt8(ascii: "2")])
  }
}
