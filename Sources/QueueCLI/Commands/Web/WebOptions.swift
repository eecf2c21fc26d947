import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

/// Where `queuectl web` listens, and who may do what.
struct WebOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where to listen; 127.0.0.1:8377 by default. Port 0 is any free one.",
      valueName: "address:port"))
  var listen: String?

  @Option(
    defaultAsFlag: SocketChoice.own, parsing: .next,
    help: ArgumentHelp(
      "Listen on a Unix socket instead, which needs no token.",
      valueName: "path"),
    completion: .file())
  var unix: SocketChoice?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The socket's mode: 0600 for you alone, 0660 for its group, 0666 for all.",
      valueName: "octal"))
  var mode: String?

  @Option(
    help: ArgumentHelp("The socket's group, which may act as you do.", valueName: "name"))
  var group: String?

  @Option(
    help: ArgumentHelp(
      "The address that browsers use, if a proxy stands in front.", valueName: "url"))
  var publicURL: String?

  @Flag(
    help: "Browsers can't change the queue, as with the environment variable QUEUECTL_READONLY=1.")
  var readonly = false

  @Flag(help: "Open to every user of this machine; needs --readonly.")
  var noToken = false

  private static let standardPlace = "127.0.0.1:8377"

  var isReadOnly: Bool {
    readonly || ProcessEnvironment.current.isSet("QUEUECTL_READONLY")
  }

  private var unixWords: [String] {
    let path: [String] =
      switch unix {
      case .own: ["--unix"]
      case .path(let path): ["--unix", path]
      case nil: []
      }
    return path + (mode.map { ["--mode", $0] } ?? []) + (group.map { ["--group", $0] } ?? [])
  }

  /// The same options as words of a command line.
  var words: [String] {
    (listen.map { ["--listen", $0] } ?? []) + unixWords
      + (publicURL.map { ["--public-url", $0] } ?? []) + (readonly ? ["--readonly"] : [])
      + (noToken ? ["--no-token"] : [])
  }

  /// The arguments of the server's program.
  func serverArguments(in directory: QueueDirectory) throws -> [String] {
    let place = try check()
    let target =
      try socket()?.serverArguments(directory) ?? ["--listen", place.host, "\(place.port)"]
    let isOpen = unix != nil || noToken
    return target + (publicURL.map { ["--public-url", $0] } ?? [])
      + (isReadOnly ? ["--readonly"] : []) + (isOpen ? ["--no-token"] : [])
  }

  /// Returns where to listen.
  /// - Throws: `ValidationError` for unsafe and contradictory options.
  @discardableResult
  func check() throws -> (host: String, port: UInt16) {
    if unix != nil, listen != nil {
      throw ValidationError("--unix can't be combined with --listen.")
    }
    _ = try socket()
    if noToken, unix == nil, !isReadOnly {
      throw ValidationError(
        "--no-token needs --readonly: without a token, every user of this machine could retry, "
          + "cancel and discard jobs.")
    }
    if let publicURL {
      let isURL = ["http://", "https://"].contains {
        publicURL.hasPrefix($0) && publicURL.utf8.count > $0.utf8.count
      }
      guard isURL else {
        throw ValidationError(
          "--public-url takes an address like https://ci.example.org/queue, not "
            + "\(quoted: publicURL).")
      }
    }
    return try place(listen ?? Self.standardPlace)
  }

  private func socket() throws -> SocketPlace? {
    guard let unix else {
      guard let option = mode.map({ "--mode \($0)" }) ?? group.map({ "--group \($0)" }) else {
        return nil
      }
      throw ValidationError("\(option) needs --unix and a path.")
    }
    return try SocketPlace(unix, mode: mode, group: group, isReadOnly: isReadOnly)
  }

  /// Splits `127.0.0.1:8377`, `[::1]:8377` or `localhost:8377`.
  private func place(_ text: String) throws -> (host: String, port: UInt16) {
    let colon = text.lastIndex(of: ":")
    let port = colon.flatMap { UInt16(text[text.index(after: $0)...]) }
    var host = colon.map { String(text[..<$0]) } ?? ""
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard let port, !host.isEmpty else {
      throw ValidationError(
        "--listen takes an address and a port from 0 to 65535, like \(Self.standardPlace), not "
          + "\(quoted: text).")
    }
    let isLocal = host == "localhost" || host == "::1" || host.hasPrefix("127.")
    guard isLocal || publicURL != nil && !noToken else {
      throw ValidationError(
        "--listen \(text) would open the queue to the network, without encryption: use a tunnel "
          + "(ssh -L 8377:127.0.0.1:8377), or a proxy with TLS and --public-url.")
    }
    return (host, port)
  }
}
