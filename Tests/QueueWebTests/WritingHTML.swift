import QueueCore
import Testing

@testable import QueueWeb

/// Nothing but markup of the source is markup.
@Suite struct WritingHTML {
  private func html(_ body: (inout HTML) -> Void) -> String {
    var html = HTML(base: "/base")
    body(&html)
    return String(decoding: html.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("\" onclick=\"alert(1)", "&quot; onclick=&quot;alert(1)"),
    ("' & '", "&#39; &amp; &#39;"), ("&lt;", "&amp;lt;"),
    ("a\u{1B}[31mb\u{0}", "a^[[31mb^@"), ("right\u{202E}left", "right·left"),
    ("two\nlines", "two↵lines"), ("日本", "日本"),
  ]) func `text is inert, in content as in attributes`(text: String, written: String) {
    #expect(html { $0("td", text: text) } == "<td>\(written)</td>")
    #expect(
      html { $0("td", .set(.title, text), content: { _ in }) }
        == "<td title=\"\(written)\"></td>")
  }

  @Test func `links stand below the path of the site`() {
    #expect(html { $0("a", .href(.jobs(.dead)), text: "x") } == "<a href=\"/base/jobs/dead\">x</a>")
    #expect(html { $0("a", .href(.fragment("main")), text: "x") } == "<a href=\"#main\">x</a>")
  }

  @Test func `the place of a part's content is known`() throws {
    var html = HTML()
    html("main") { html in
      html.part("p", "one") { $0.text("<1>") }
      html.part("p", "two") { $0.text("2") }
    }
    #expect(html.parts.map(\.id) == ["one", "two"])
    let texts = html.parts.map { String(decoding: html.bytes[$0.range], as: UTF8.self) }
    #expect(texts == ["&lt;1&gt;", "2"])
  }

  @Test func `every printable id comes back from its link`() throws {
    let marks = (0x21...0x7E).map { String(UnicodeScalar(UInt8($0))) }.filter { $0 != "/" }
    for text in marks.map({ "a" + $0 }) + marks + ["..", ".", "ä日本", "%2e%2e", "a%2Fb", "?", "#"] {
      guard let id = try? JobID(text) else { continue }
      let link = Link.job(id).text
      let path = link.prefix { $0 != "?" }
      guard case .job(let named)? = Route(path) else {
        Issue.record("\(link) isn't a job's")
        continue
      }
      let query = try #require(FormFields(link.dropFirst(path.count + 1)))
      #expect((named ?? query["id"]) == text)
      // Browsers remove these from a path.
      #expect(!path.split(separator: "/").contains { [".", "..", "%2E", "%2E%2E"].contains($0) })
    }
  }

  @Test(arguments: [
    "//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil.example", "", "a",
    "/a b", "/\u{7}",
  ]) func `a form can't send a browser elsewhere`(_ text: String) {
    #expect(Link(returning: text) == nil)
  }

  @Test func `forms are decoded`() throws {
    let form = try #require(FormFields("a=1&b=two+words&a=%C3%A4&c&=x"))
    #expect(form["a"] == "1" && form.all("a") == ["1", "ä"])
    #expect(form["b"] == "two words" && form["c"] == "" && form["d"] == nil)
    for text in ["a=%", "a=%4", "a=%GG", "a=%FF", "%00=1"] { #expect(FormFields(text[...]) == nil) }
    let many = (0...FormFields.most).map { "a=\($0)" }.joined(separator: "&")
    #expect(FormFields(many[...]) == nil)
  }
}
