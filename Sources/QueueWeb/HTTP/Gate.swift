package import QueueHost

/// Admits or refuses a request by its head alone.
package struct Gate: Sendable {
  /// The address for browsers behind a proxy; nil without one.
  package var publicAddress: PublicAddress?
  /// The required token; nil if access to the socket suffices.
  package var token: Secret?
  /// The name of the token's cookie.
  package var cookie: String
  /// Whether to refuse changes.
  package var isReadOnly: Bool

  package init(
    token: Secret?, cookie: String = "queuectl", publicAddress: PublicAddress? = nil,
    isReadOnly: Bool = false
  ) {
    self.token = token
    self.cookie = cookie
    self.publicAddress = publicAddress
    self.isReadOnly = isReadOnly
  }

  package enum Verdict: Equatable, Sendable {
    /// Answer it.
    case admit(Route)
    /// The token is missing or wrong. Wrong ones count against a limit.
    case challenge(Route, wasWrong: Bool)
    /// Refuse it.
    case refuse(RequestError)
  }

  /// Limits of a head.
  package static let mostFields = 64
  package static let mostFieldBytes = 16 << 10
  package static let longestTarget = 8 << 10
  /// The limit of a body in bytes.
  package static let longestBody = 64 << 10

  package func verdict(on head: RequestHead) -> Verdict {
    guard head.fields.count <= Self.mostFields, head.fieldBytes <= Self.mostFieldBytes else {
      return .refuse(RequestError(431, "the header fields are too long"))
    }
    guard head.target.utf8.count <= Self.longestTarget else {
      return .refuse(RequestError(414, "the address is too long"))
    }
    guard let host = head.only("host"), isOwn(host: host) else {
      return .refuse(
        RequestError(421, "this server has another name; open the address that it printed"))
    }
    guard let path = path(of: head), let route = Route(path) else {
      return .refuse(RequestError(404, "no such page"))
    }
    guard route.methods.contains(head.method) else {
      let methods = route.methods.joined(separator: ", ")
      return .refuse(
        RequestError(
          405, "this page takes \(methods)", fields: [RequestHead.Field("Allow", methods)]))
    }
    if let refusal = refusalOfOrigin(head, host: host, route) { return refusal }
    if let token, !route.isOpen {
      let bearer = head.only("authorization").flatMap { Self.bearer($0) }
      let given = bearer ?? head.cookie(cookie)
      guard token.matches(given) else { return .challenge(route, wasWrong: given != nil) }
    }
    if isReadOnly, head.method == "POST", route != .login, route != .logout {
      return .refuse(
        RequestError(
          403, "this server was started with --readonly: it changes nothing", code: "read_only"))
    }
    return .admit(route)
  }

  /// Returns the target's path below the base path; nil if it is elsewhere.
  package func path(of head: RequestHead) -> Substring? {
    let path = head.target.prefix { $0 != "?" && $0 != "#" }
    guard let base = publicAddress?.path, !base.isEmpty else { return path }
    guard path.hasPrefix(base) else { return nil }
    let rest = path.dropFirst(base.count)
    return rest.isEmpty ? "/" : rest
  }

  // MARK: Where it comes from

  private static let localNames = ["queuectl.localhost", "localhost", "127.0.0.1", "[::1]"]

  /// Prevents DNS rebinding: another site can resolve its own name to this server, but not one of
  /// these. Any port is accepted, because a tunnel has its own.
  private func isOwn(host: String) -> Bool {
    let host = host.lowercased()
    if let publicAddress { return host == publicAddress.host }
    let parts = host.split(separator: ":", omittingEmptySubsequences: false)
    let port = host.hasPrefix("[") ? host.split(separator: "]", maxSplits: 1).last : parts.last
    let digits = port.map { $0.hasPrefix(":") ? $0.dropFirst() : $0 } ?? ""
    if Self.localNames.contains(host) { return true }
    guard let number = UInt16(digits), number > 0, host.hasSuffix(":\(digits)") else {
      return false
    }
    return Self.localNames.contains(String(host.dropLast(digits.count + 1)))
  }

  /// Refuses other sites' actions, embeddings and background reads.
  private func refusalOfOrigin(
    _ head: RequestHead, host: String, _ route: Route
  ) -> Verdict? {
    let otherSite = Verdict.refuse(RequestError(403, "this request comes from another site"))
    if let site = head.only("sec-fetch-site"), site == "cross-site" || site == "same-site" {
      // Links from other sites are allowed.
      let isVisit =
        head.method == "GET" && head.only("sec-fetch-mode") == "navigate"
        && head.only("sec-fetch-dest") == "document"
      guard isVisit else { return otherSite }
    }
    let origins = head.values(of: "origin")
    let own = (publicAddress?.scheme ?? "http") + "://" + host.lowercased()
    if let origin = origins.first, origins.count > 1 || origin.lowercased() != own {
      return otherSite
    }
    guard head.method == "POST" else { return nil }
    // Programs send no origin. A browser can't be made to send this field or JSON to another site.
    let isAPI = if case .api = route { true } else { false }
    let isProgram = isAPI || head.only("authorization") != nil
    guard !origins.isEmpty || isProgram && head.values(of: "cookie").isEmpty else {
      return .refuse(RequestError(403, "a form has to name its origin"))
    }
    let type = isAPI ? "application/json" : "application/x-www-form-urlencoded"
    guard head.only("content-type")?.lowercased().prefix(while: { $0 != ";" }) == type[...] else {
      return .refuse(RequestError(415, "send \(type)"))
    }
    return nil
  }

  private static func bearer(_ value: String) -> String? {
    let scheme = "bearer "
    guard value.lowercased().hasPrefix(scheme) else { return nil }
    return String(value.dropFirst(scheme.count))
  }
}

/// The site's address behind a proxy.
package struct PublicAddress: Equatable, Sendable {
  /// `http` or `https`.
  package let scheme: String
  /// The host in lower case, with any port.
  package let host: String
  /// The path without a trailing slash; empty for the root.
  package let path: String

  /// Returns nil unless it is `http://` or `https://` and a host, with optional port and path.
  package init?(_ text: String) {
    guard let colon = text.range(of: "://") else { return nil }
    scheme = text[..<colon.lowerBound].lowercased()
    let rest = text[colon.upperBound...]
    let host = rest.prefix { $0 != "/" }
    var path = rest.dropFirst(host.count)
    while path.hasSuffix("/") { path.removeLast() }
    let isPlain: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber) }
    guard ["http", "https"].contains(scheme), !host.isEmpty,
      host.allSatisfy({ isPlain($0) || ".-:[]".contains($0) }),
      path.allSatisfy({ isPlain($0) || "/.-_~".contains($0) }), !path.contains("//")
    else { return nil }
    self.host = host.lowercased()
    self.path = String(path)
  }

  /// Whether it uses TLS.
  package var isSecure: Bool { scheme == "https" }
}

extension String {
  /// Finds a substring without Foundation.
  fileprivate func range(of text: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) {
        return start..<index(start, offsetBy: text.count)
      }
      formIndex(after: &start)
    }
    return nil
  }
}
