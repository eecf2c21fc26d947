/// A page as a strict reader sees it: every element closed, every attribute quoted.
struct Markup {
  struct Element {
    let name: String
    var attributes: [String: String] = [:]
  }

  private(set) var elements: [Element] = []
  /// What isn't as this site writes it.
  private(set) var problems: [String] = []

  private static let void: Set = ["meta", "link", "input"]

  init(_ text: String) {
    var rest = text[...]
    var open: [String] = []
    if rest.hasPrefix("<!doctype html>\n") { rest = rest.dropFirst(16) }
    while let start = rest.firstIndex(of: "<") {
      if rest[..<start].contains(">") { problems.append("a bare >") }
      rest = rest[rest.index(after: start)...]
      guard let end = rest.firstIndex(of: ">") else {
        problems.append("a tag without end")
        break
      }
      let tag = rest[..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        let name = String(tag.dropFirst())
        if open.popLast() != name { problems.append("</\(name)> closes another element") }
        continue
      }
      let element = Self.element(tag, &problems)
      elements.append(element)
      if !Self.void.contains(element.name) { open.append(element.name) }
    }
    if !open.isEmpty { problems.append("open: \(open)") }
    check()
  }

  /// The values of an attribute, in order.
  func values(_ attribute: String) -> [String] { elements.compactMap { $0.attributes[attribute] } }

  private static func element(_ tag: Substring, _ problems: inout [String]) -> Element {
    let name = tag.prefix { $0 != " " }
    var element = Element(name: String(name))
    var rest = tag.dropFirst(name.count)
    while rest.hasPrefix(" ") {
      rest = rest.dropFirst()
      let key = rest.prefix { $0 != "=" && $0 != " " }
      rest = rest.dropFirst(key.count)
      guard rest.hasPrefix("=") else {
        element.attributes[String(key)] = ""
        continue
      }
      guard rest.hasPrefix("=\"") else {
        problems.append("\(key) isn't quoted")
        break
      }
      rest = rest.dropFirst(2)
      let value = rest.prefix { $0 != "\"" }
      element.attributes[String(key)] = decoded(value)
      rest = rest.dropFirst(value.count + 1)
    }
    if !rest.isEmpty { problems.append("in <\(tag)>: \(rest)") }
    return element
  }

  private static func decoded(_ value: Substring) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
      .reduce(String(value)) { $0.replacing($1.0, with: $1.1) }
  }

  private mutating func check() {
    for element in elements {
      for (name, value) in element.attributes {
        if name.hasPrefix("on") || name == "style" { problems.append("\(name)=") }
        if ["href", "src", "action"].contains(name), !value.hasPrefix("/"), !value.hasPrefix("#") {
          problems.append("\(name) leads to \(value)")
        }
      }
      if element.name == "script", element.attributes["src"]?.hasPrefix("/assets/") != true {
        problems.append("a script of another kind")
      }
    }
    let ids = values("id")
    if Set(ids).count != ids.count { problems.append("an id twice: \(ids)") }
  }
}
