/// The texts of statements, in which no search_path decides what a name means: in the source, `@.`
/// stands for the quoted schema and a dot, and `@schema@` for the schema alone.
struct StatementTexts {
  private var texts: [UnsafePointer<UInt8>: String] = [:]
  private let prefix: [UInt8]

  init(schema: String) { prefix = Array("\(quotedName(schema)).".utf8) }

  mutating func text(of sql: StaticString) -> String {
    if let text = texts[sql.utf8Start] { return text }
    let text = resolved("\(sql)")
    texts[sql.utf8Start] = text
    return text
  }

  func resolved(_ sql: String) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(sql.utf8.count + 256)
    let bytes = Array(sql.utf8)
    let mark = Array("@schema@".utf8)
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "@"), index + 1 < bytes.count else {
        result.append(bytes[index])
        index += 1
        continue
      }
      if bytes[index + 1] == UInt8(ascii: ".") {
        result += prefix
        index += 2
      } else if bytes[index...].starts(with: mark) {
        result += prefix.dropLast()
        index += mark.count
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
