import QueueCore

/// Writes HTML. Markup comes from `StaticString` only; every other text is sanitized and escaped.
package struct HTML {
  /// The output in UTF-8.
  package private(set) var bytes: [UInt8] = []
  /// The live parts, with their content's range in ``bytes``.
  package private(set) var parts: [(id: String, range: Range<Int>)] = []
  /// The site's path, put before every link.
  private let base: String
  /// Whether to omit ages, which the page's script writes.
  package let leavesAgesOut: Bool

  /// - Parameter base: empty, or an absolute path without a trailing slash.
  package init(base: String = "", leavesAgesOut: Bool = false) {
    self.base = base
    self.leavesAgesOut = leavesAgesOut
  }

  // MARK: Elements

  /// Writes an element with content.
  package mutating func callAsFunction(
    _ name: StaticString, _ attributes: Attribute?..., content: (inout HTML) -> Void
  ) {
    open(name, attributes)
    content(&self)
    close(name)
  }

  /// Writes an element with text.
  package mutating func callAsFunction(
    _ name: StaticString, _ attributes: Attribute?..., text: String
  ) {
    open(name, attributes)
    self.text(text)
    close(name)
  }

  /// Writes an element without content.
  package mutating func void(_ name: StaticString, _ attributes: Attribute?...) {
    open(name, attributes)
  }

  /// Writes an element whose content is sent again after each change.
  package mutating func part(
    _ name: StaticString, _ id: StaticString, _ attributes: Attribute?...,
    content: (inout HTML) -> Void
  ) {
    open(name, [.id(id), .flag("data-part")] + attributes)
    let start = bytes.count
    content(&self)
    parts.append((id.description, start..<bytes.count))
    close(name)
  }

  private mutating func open(_ name: StaticString, _ attributes: [Attribute?]) {
    append("<")
    append(name)
    for case let attribute? in attributes {
      append(" ")
      append(attribute.name)
      guard let value = attribute.value else { continue }
      append("=\"")
      switch value {
      case .text(let text): self.text(text)
      case .link(let link): escape(link.isPlace ? link.text : base + link.text)
      }
      append("\"")
    }
    append(">")
  }

  private mutating func close(_ name: StaticString) {
    append("</")
    append(name)
    append(">")
  }

  // MARK: Text

  /// Writes text without control characters and direction marks.
  package mutating func text(_ text: String) { escape(TerminalText.sanitized(text)) }

  /// Writes log lines that ``TerminalSanitizer`` has sanitized.
  package mutating func lines(_ sanitized: String) { escape(sanitized) }

  /// Writes markup.
  package mutating func append(_ markup: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: markup.utf8Start, count: markup.utf8CodeUnitCount))
  }

  private mutating func escape(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): append("&amp;")
      case UInt8(ascii: "<"): append("&lt;")
      case UInt8(ascii: ">"): append("&gt;")
      case UInt8(ascii: "\""): append("&quot;")
      case UInt8(ascii: "'"): append("&#39;")
      default: bytes.append(byte)
      }
    }
  }
}

/// An attribute. Addresses are made from a ``Link`` only.
package struct Attribute: Sendable {
  enum Value: Sendable {
    case text(String)
    case link(Link)
  }

  let name: StaticString
  let value: Value?

  private init(_ name: StaticString, _ value: Value?) {
    self.name = name
    self.value = value
  }

  package static func id(_ id: StaticString) -> Attribute {
    Attribute("id", .text(id.description))
  }
  package static func `class`(_ names: StaticString) -> Attribute {
    Attribute("class", .text(names.description))
  }
  /// An attribute without a value, such as `hidden`.
  package static func flag(_ name: StaticString) -> Attribute { Attribute(name, nil) }
  static let refresh = Attribute("http-equiv", .text("refresh"))
  package static func href(_ link: Link) -> Attribute { Attribute("href", .link(link)) }
  package static func src(_ link: Link) -> Attribute { Attribute("src", .link(link)) }
  package static func action(_ link: Link) -> Attribute { Attribute("action", .link(link)) }
  /// An attribute that has no address, script or style.
  package static func set(_ name: SafeName, _ value: String) -> Attribute {
    Attribute(name.text, .text(value))
  }

  /// The attributes that accept any text.
  package struct SafeName: Sendable {
    let text: StaticString

    static let ariaControls = SafeName(text: "aria-controls")
    static let ariaCurrent = SafeName(text: "aria-current")
    static let ariaHidden = SafeName(text: "aria-hidden")
    static let ariaLabel = SafeName(text: "aria-label")
    static let ariaLabelledBy = SafeName(text: "aria-labelledby")
    static let ariaLive = SafeName(text: "aria-live")
    static let ariaPressed = SafeName(text: "aria-pressed")
    static let ariaSort = SafeName(text: "aria-sort")
    static let autocomplete = SafeName(text: "autocomplete")
    static let charset = SafeName(text: "charset")
    static let content = SafeName(text: "content")
    static let dataAct = SafeName(text: "data-act")
    static let dataBase = SafeName(text: "data-base")
    static let dataID = SafeName(text: "data-id")
    static let dataKey = SafeName(text: "data-key")
    static let dataLabel = SafeName(text: "data-label")
    static let dataEnd = SafeName(text: "data-end")
    static let dataRun = SafeName(text: "data-run")
    static let datetime = SafeName(text: "datetime")
    static let fill = SafeName(text: "fill")
    static let forID = SafeName(text: "for")
    static let form = SafeName(text: "form")
    static let height = SafeName(text: "height")
    static let inputmode = SafeName(text: "inputmode")
    static let lang = SafeName(text: "lang")
    static let max = SafeName(text: "max")
    static let method = SafeName(text: "method")
    static let name = SafeName(text: "name")
    static let path = SafeName(text: "d")
    static let pattern = SafeName(text: "pattern")
    static let placeholder = SafeName(text: "placeholder")
    static let preserveAspectRatio = SafeName(text: "preserveAspectRatio")
    static let rel = SafeName(text: "rel")
    static let role = SafeName(text: "role")
    static let scope = SafeName(text: "scope")
    static let spellcheck = SafeName(text: "spellcheck")
    static let tabindex = SafeName(text: "tabindex")
    static let title = SafeName(text: "title")
    static let type = SafeName(text: "type")
    static let value = SafeName(text: "value")
    static let viewBox = SafeName(text: "viewBox")
    static let width = SafeName(text: "width")
    static let x = SafeName(text: "x")
    static let y = SafeName(text: "y")
  }
}
