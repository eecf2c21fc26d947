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
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @OptionGroup var web: WebOptions

  @Flag(help: "Print the token that opens the site, and exit.")
  var printToken = false

  @Flag(help: "Replace the token with a new one, print it, and exit; every browser is logged out.")
  var newToken = false

  private static let program = "queuectl-web"

  func run() throws {
    if printToken || newToken { return try self.token() }
    let program = try Self.path()
    try web.check()
    // A queue that is missing or can't be opened is reported here, in the usual words.
    let session = try web.isReadOnly ? database.openExisting() : database.openCreating()
    let words = try web.serverArguments(in: session.directory)
    try Self.replaceProcess(
      by: program, [Queuectl.build, "--db", try session.location.argument()] + words)
  }

  private func token() throws {
    let web = WebDirectory(try database.openExisting().directory)
    try Output.standard.line(newToken ? web.newToken().text : web.token().text)
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
