import Glibc
import QueueHost
import QueueSession

/// The program `queuectl-web`.
public enum WebProgram {
  /// Serves until a signal ends it.
  /// - Parameter commit: the commit of the build; empty if unknown.
  public static func runAndExit(commit: String) -> Never {
    let words = Array(CommandLine.arguments.dropFirst())
    if words == ["--version"] {
      print(Version.text(of: "queuectl-web", commit: commit))
      exit(EXIT_SUCCESS)
    }
    guard let caller = words.first, words.count > 1 else {
      fail("this program belongs to \"queuectl web\": start that instead", EX_USAGE)
    }
    let own = Version.build(commit: commit)
    guard caller == own else {
      fail("queuectl-web is \(own), queuectl is \(caller): reinstall both", EXIT_FAILURE)
    }
    guard let options = ServerOptions(Array(words.dropFirst())) else {
      fail("start this program with \"queuectl web\"", EX_USAGE)
    }
    do {
      let signals = try SignalInbox([SIGTERM, SIGINT, SIGHUP])
      let server = try WebServer(options)
      for line in server.announcement { print(line) }
      fflush(nil)
      server.run(until: signals)
      exit(EXIT_SUCCESS)
    } catch let error as Failure {
      fail(error.message, error.status.rawValue)
    } catch {
      fail("\(error)", EXIT_FAILURE)
    }
  }

  private static func fail(_ message: String, _ status: Int32) -> Never {
    let bytes = Array("queuectl web: \(message)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
    exit(status)
  }
}
