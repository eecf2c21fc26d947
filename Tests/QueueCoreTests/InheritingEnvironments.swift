import QueueCore
import Testing

@Suite struct InheritingEnvironments {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `the shell's state and an outer job's variables are left out`() {
    let entries = [
      "A=1", "PWD=/", "OLDPWD=/", "SHLVL=2", "_=/bin/env", "QUEUECTL_DB=x", "QUEUECTL_READONLY=1",
      "B=x=y", "C=", "=odd", "none", "PWDX=p",
    ]
    let environment = InheritedEnvironment(entries.map(bytes))
    let kept = environment.variables.map { "\($0.name)=\($0.value)" }
    #expect(kept == ["A=1", "B=x=y", "C=", "PWDX=p"])
    #expect(environment.unreadable == [])
  }

  @Test func `variables that aren't UTF-8 are named`() {
    let environment = InheritedEnvironment([bytes("A=1"), bytes("ODD=") + [0xFF]])
    #expect(environment.variables.map(\.name) == ["A"])
    #expect(environment.unreadable == ["ODD"])
  }

  @Test func `a job's own variables win`() throws {
    var spec = JobSpec(command: "true")
    spec.environment = [try EnvironmentVariable(name: "A", value: "own")]
    let job = try NewJob(spec).inheriting(InheritedEnvironment([bytes("A=1"), bytes("B=2")]))
    #expect(job.environment.map { "\($0.name)=\($0.value)" } == ["B=2", "A=own"])
    #expect(job.inheritsEnvironment == true)
  }

  @Test func `the stored text of an environment has a mark, which is no variable`() throws {
    var spec = JobSpec(command: "true")
    #expect(EnvironmentText.encode(spec) == nil)
    spec.inheritsEnvironment = true
    spec.environment = [try EnvironmentVariable(name: "A", value: "1")]
    let text = EnvironmentText.encode(spec)
    #expect(text == #"{"QUEUECTL_ENV":"inherited","A":"1"}"#)
    var read = JobSpec(command: "true")
    try EnvironmentText.decode(text, into: &read)
    #expect(read == spec)
  }
}
