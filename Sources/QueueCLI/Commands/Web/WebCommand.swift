import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession

struct WebCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "web",
    abstract: "Watch and fix the queue in a browser.",
    usage: "queuectl web [<options>]",
    discussion: """
      Prints the address to open, with a token that opens it. Every change asks
      first. The server is a program of its own, queuectl-web; ^C or TERM ends it.

      From another machine, use a tunnel: ssh -L 8377:127.0.0.1:8377 HOST

      EXAMPLES:
        $ queuectl web
        $ queuectl web --readonly --listen 127.0.0.1:9000
        $ queuectl web --unix
        $ queuectl web --print-token
      """)

  @OptionGroup var database: DatabaseOption

  @Option(
    help: ArgumentHelp(
      "Where to listen; 127.0.0.1:8377 by default. Port 0 is any free one.",
      valueName: "address:port"))
  var listen: String?

  @Flag(
    help: "Listen at the socket web/sock in the queue's directory instead, which only you can open."
  )
  var unix = false

  @Option(
    help: ArgumentHelp(
      "The address that browsers use, if a proxy stands in front.", valueName: "url"))
  var publicURL: String?

  @Flag(help: "Change nothing, as with the environment variable QUEUECTL_READONLY=1.")
  var readonly = false

  @Flag(help: "Open to every user of this machine; needs --readonly.")
  var noToken = false

  @Flag(help: "Print the token that opens the site, and exit.")
  var printToken = false

  @Flag(help: "Replace the token by a new one, print it, and exit; every browser is logged out.")
  var newToken = false

  private static let standardPlace = "127.0.0.1:8377"
  private static let program = "queuectl-web"

  func run() throws {
    if printToken || newToken { return try self.token() }
    let words = try words()
    let program = try Self.path()
    let place = try place(listen ?? Self.standardPlace)
    let location = try database.location()
    // A queue that is missing or can't be opened is reported here, in the usual words.
    _ = try isReadOnly ? database.openExisting() : database.openCreating()
    let target =
      unix
      ? ["--unix", WebDirectory(QueueDirectory(database: location.path)).socket]
      : ["--listen", place.host, "\(place.port)"]
    try Self.replaceProcess(
      by: program, [Queuectl.build, "--db", location.path] + target + words)
  }

  private func token() throws {
    let web = WebDirectory(try database.openCreating().directory)
    try Output.standard.line(newToken ? web.newToken().text : web.token().text)
  }

  private var isReadOnly: Bool {
    readonly || ProcessEnvironment.current.isSet("QUEUECTL_READONLY")
  }

  /// The options that the server gets as they are.
  private func words() throws -> [String] {
    if unix, listen != nil { throw ValidationError("--unix can't be combined with --listen.") }
    if noToken, !unix, !isReadOnly {
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
    let isOpen = unix || noToken
    return (publicURL.map { ["--public-url", $0] } ?? []) + (isReadOnly ? ["--readonly"] : [])
      + (isOpen ? ["--no-token"] : [])
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

  /// The program beside this one, or else on the PATH.
  private static func path() throws -> String {
    guard let own = try RealPath.of("/proc/self/exe") else {
      throw Failure.system("find the path of this program")
    }
    let directory = String(own[...(own.lastIndex(of: "/") ?? own.startIndex)])
    let path = try ProcessEnvironment.current.text("PATH") ?? ""
    let places = [directory + program] + path.split(separator: ":").map { "\($0)/\(program)" }
    guard let found = places.first(where: { access($0, X_OK) == 0 }) else {
      throw Failure(
        "\(program) isn't installed: it is neither beside \(own) nor on the PATH; "
          + "\"scripts/install --web\" builds and installs both")
    }
    return found
  }

  private static func replaceProcess(by program: String, _ words: [String]) throws -> Never {
    try Output.standard.flush()
    let arguments = CStrings([])
    _ = arguments.withList(followedBy: [program] + words) { execv(program, $0) }
    throw Failure.system("start \(program)")
  }
}
