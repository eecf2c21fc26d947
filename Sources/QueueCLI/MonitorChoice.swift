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
  var view = FirstView()

  func options(
    for location: DatabaseLocation, environment: ProcessEnvironment = .current
  ) -> Monitor.Options {
    let terminal = environment["TERM"] ?? ""
    var options = Monitor.Options(
      host: location.path == nil ? "" : LocalHost.hostName, database: location.shown,
      origin: location.origin.rawValue,
      isReadOnly: readonly || environment.isSet("QUEUECTL_READONLY"), interval: interval,
      terminal: terminal,
      theme: Theme(
        locale: (environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]),
        terminal: terminal),
      wantsColor: !noColor && (environment["NO_COLOR"] ?? "").isEmpty
        && !terminal.hasSuffix("-mono"),
      isInTmux: environment.isSet("TMUX"))
    options.view = view
    options.background = Self.background(environment["COLORFGBG"])
    options.preferencesPath = Self.preferencesPath(environment)
    if let path = options.preferencesPath, access(path, F_OK) == 0 {
      do {
        options.preferences = try Preferences(try FileBytes.read(path))
      } catch {
        options.preferencesProblem = "top.json \(error): file ignored; W rewrites it"
      }
    }
    return options
  }

  /// `$XDG_CONFIG_HOME/queuectl/top.json`, by default in `~/.config`.
  private static func preferencesPath(_ environment: ProcessEnvironment) -> String? {
    if let config = environment["XDG_CONFIG_HOME"], config.hasPrefix("/") {
      return "\(config)/queuectl/top.json"
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return "\(home)/.config/queuectl/top.json"
  }

  /// By the number of the background's colour, which comes last: `0;15`.
  private static func background(_ colors: String?) -> Background {
    let last = colors?.split(separator: ";").last.flatMap { Int($0) }
    return last == 7 || last == 15 ? .light : .dark
  }
}
