/// The undecoded head of an HTTP request.
package struct RequestHead: Equatable, Sendable {
  /// The method, in capitals.
  package var method: String
  /// The path and optional query.
  package var target: String
  /// All header fields in order.
  package var fields: [Field]

  /// One header field.
  package struct Field: Equatable, Sendable {
    /// The name, in any case.
    package var name: String
    /// The value without surrounding blanks.
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(_ method: String, _ target: String, fields: [Field] = []) {
    self.method = method
    self.target = target
    self.fields = fields
  }

  /// Returns every value of a field.
  /// - Parameter name: in lower case.
  package func values(of name: String) -> [String] {
    fields.filter { $0.name.lowercased() == name }.map(\.value)
  }

  /// Returns the value of a field; nil if it is missing or repeated.
  package func only(_ name: String) -> String? {
    let values = values(of: name)
    return values.count == 1 ? values[0] : nil
  }

  /// Returns the value of a cookie; nil if it is missing or ambiguous.
  package func cookie(_ name: String) -> String? {
    let pairs = values(of: "cookie").flatMap { $0.split(separator: ";") }
    let found = pairs.compactMap { pair -> String? in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name[...] else { return nil }
      return String(parts[1])
    }
    return Set(found).count == 1 ? found[0] : nil
  }

  /// The size of all fields in bytes.
  package var fieldBytes: Int { fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } }
}

/// A request with its body.
package struct Request: Sendable {
  package var head: RequestHead
  package var body: [UInt8]

  package init(_ head: RequestHead, body: [UInt8] = []) {
    self.head = head
    self.body = body
  }
}
