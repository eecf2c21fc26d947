import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession
import QueueTop

struct MonitorChoice {
  let readonly: Bool
  let noColor: Bool
  let interval: Duration

  func options(
    for location: DatabaseLocation, environment: ProcessEnvironment = .current
  ) -> Monitor.Options {
    let terminal = environment["TERM"] ?? ""
    return Monitor.Options(
      host: LocalHost.hostName, database: location.path, origin: location.origin.rawValue,
      isReadOnly: readonly || environment.isSet("QUEUECTL_READONLY"), interval: interval,
      terminal: terminal,
      theme: Theme(
        locale: (environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]),
        terminal: terminal),
      wantsColor: !noColor && (environment["NO_COLOR"] ?? "").isEmpty
        && !terminal.hasSuffix("-mono"),
      isInTmux: environment.isSet("TMUX"))
  }
}
