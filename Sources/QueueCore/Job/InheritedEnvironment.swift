/// The environment of the process that enqueues, for jobs that run with it.
public struct InheritedEnvironment: Equatable, Sendable {
  /// The variables, without those of the shell's own state and of an outer job.
  public let variables: [EnvironmentVariable]
  /// Names of variables that can't be stored because they aren't UTF-8.
  public let unreadable: [String]

  private static let shellState: Set = ["PWD", "OLDPWD", "SHLVL", "_"]
  private static let ownPrefix = "QUEUECTL_"

  /// Reads `NAME=value` entries; others are ignored.
  public init(_ entries: [[UInt8]]) {
    var variables: [EnvironmentVariable] = []
    var unreadable: [String] = []
    for entry in entries {
      guard let end = entry.firstIndex(of: UInt8(ascii: "=")), end > 0 else { continue }
      let name = String(decoding: entry[..<end], as: UTF8.self)
      guard !Self.shellState.contains(name), !name.hasPrefix(Self.ownPrefix) else { continue }
      guard let text = String(validating: entry, as: UTF8.self),
        let variable = try? EnvironmentVariable(
          name: name, value: String(text.dropFirst(name.count + 1)))
      else {
        unreadable.append(name)
        continue
      }
      variables.append(variable)
    }
    self.variables = variables
    self.unreadable = unreadable
  }
}

extension NewJob {
  /// Returns the job with the environment below its own variables.
  public func inheriting(_ environment: InheritedEnvironment) -> NewJob {
    var job = self
    job.spec.inheritsEnvironment = true
    let own = Set(spec.environment.map(\.name))
    job.spec.environment =
      own.isEmpty
      ? environment.variables
      : environment.variables.filter { !own.contains($0.name) } + spec.environment
    return job
  }
}
