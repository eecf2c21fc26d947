import QueueCore

/// A queue on a PostgreSQL server: libpq's URI, with keys of our own that libpq never sees.
public struct ServerAddress: Equatable, Sendable {
  /// The schema that holds the queue's tables; key `schema`.
  public let schema: String
  /// The address for notifications where `uri` names a pooler that drops them; key `listen`.
  public let listen: String?
  /// The address with our keys but without a password, for messages and lists.
  public let shown: String
  /// Whether the address contains a password, which must not reach a process list or a log.
  public let hasPassword: Bool
  /// The address as it was given.
  public let text: String
  /// The address for libpq, possibly with a password.
  let uri: String

  /// The schema without a key.
  public static let usualSchema = "queuectl"

  /// Whether the text names a server rather than a file.
  public static func isAddress(_ text: String) -> Bool {
    schemes.contains { text.hasPrefix($0) }
  }

  private static let schemes = ["postgres://", "postgresql://"]

  /// Reads an address; libpq completes it from `PGHOST`, `PGSERVICE` and its password file.
  /// - Throws: ``InvalidAddress``, whose text contains no part that may be a password.
  public init(_ text: String) throws(InvalidAddress) {
    guard let scheme = Self.schemes.first(where: { text.hasPrefix($0) }) else {
      throw InvalidAddress("it doesn't begin with postgres://")
    }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw InvalidAddress("it contains a blank or a control character: write it as %20")
    }
    let rest = text.dropFirst(scheme.count)
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let login = try Login(of: parts[0])
    var keys = Keys()
    if parts.count == 2 {
      for pair in parts[1].split(separator: "&") { try keys.read(String(pair)) }
    }
    schema = try Self.checked(keys.schema ?? Self.usualSchema)
    self.text = text
    listen = keys.listen
    let listening = try keys.listen.map { listen throws(InvalidAddress) in
      try Self.listening(listen)
    }
    hasPassword = login.hasPassword || keys.hasPassword || listening?.hasPassword == true
    uri = "postgresql://" + parts[0] + Self.query(keys.passed)
    shown = scheme + login.shown + Self.query(keys.shown)
  }

  /// Another address of the same server, which delivers notifications; itself if none is named.
  var forListening: ServerAddress { listen.flatMap { try? ServerAddress($0) } ?? self }

  private static func listening(_ text: String) throws(InvalidAddress) -> ServerAddress {
    do throws(InvalidAddress) {
      return try ServerAddress(text)
    } catch {
      throw InvalidAddress("the key \"listen\": \(error.reason)")
    }
  }

  /// The part before the keys.
  private struct Login {
    var shown: String
    var hasPassword = false

    /// Refuses text that libpq would take apart at another place than intended, as its messages
    /// quote the parts.
    init(of place: Substring) throws(InvalidAddress) {
      let authority = place.prefix { $0 != "/" }
      guard place.count(where: { $0 == "@" }) <= 1,
        authority.contains("@") || !place.contains("@")
      else { throw InvalidAddress.unescaped }
      shown = String(place)
      guard let at = authority.lastIndex(of: "@"),
        let colon = authority[..<at].firstIndex(of: ":")
      else { return }
      hasPassword = true
      shown = "\(authority[..<colon])\(place[at...])"
    }
  }

  private struct Keys {
    var schema: String?
    var listen: String?
    var hasPassword = false
    /// Those of libpq, as written.
    var passed: [String] = []
    /// The ones without secrets.
    var shown: [String] = []

    mutating func read(_ pair: String) throws(InvalidAddress) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let key = PercentText.decode(parts[0]),
        key.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0) }),
        let value = PercentText.decode(parts[1]), key == "listen" || !pair.contains("@")
      else { throw InvalidAddress.unescaped }
      switch key {
      case "schema":
        schema = value
        shown.append(pair)
      case "listen":
        // It may contain a password of its own.
        listen = value
      case "password", "sslpassword":
        hasPassword = true
        passed.append(pair)
      case "options", "client_encoding", "search_path", "replication":
        throw InvalidAddress("the key \(quoted: key) isn't supported")
      default:
        passed.append(pair)
        shown.append(pair)
      }
    }
  }

  private static func query(_ pairs: [String]) -> String {
    pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
  }

  private static func checked(_ schema: String) throws(InvalidAddress) -> String {
    func isLetter(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "_") || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    // PostgreSQL would cut a longer name, and keeps some names for itself.
    guard let first = schema.utf8.first, isLetter(first), schema.utf8.count <= 63,
      schema.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) }),
      !schema.hasPrefix("pg_"), schema != "information_schema"
    else {
      throw InvalidAddress(
        "the schema needs 1 to 63 letters, digits and _, and begins with a letter, but not pg_")
    }
    return schema
  }
}

/// Why a text isn't the address of a queue on a server.
public struct InvalidAddress: Error, Equatable, Sendable, CustomStringConvertible {
  /// The reason, which contains no password.
  public let reason: String

  init(_ reason: String) { self.reason = reason }

  /// Some character has a meaning that it can't have there. Quotes nothing: it may be a password.
  static let unescaped = InvalidAddress(
    "write / ? @ & = and % in a user, a password or a value as %2F %3F %40 %26 %3D and %25")

  /// The reason with a remedy.
  public var description: String {
    "the address of the server is invalid: \(reason); an example: "
      + "postgres://user@host/database?schema=queuectl"
  }
}

/// Text of a URI in which %XX stands for a byte.
enum PercentText {
  /// Returns nil for an incomplete %XX, for %00 and for bytes that aren't UTF-8.
  static func decode(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit),
        high * 16 + low != 0
      else { return nil }
      bytes.append(high * 16 + low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
