import Foundation
import Testing

extension EndToEnd {
  /// `scripts/install` and `scripts/uninstall` of the binary under test, into a temporary prefix.
  @Suite(.needs(program: "strip"))
  struct Installing {
    let queue = TestQueue.current
    private var prefix: String { queue.file("my prefix") }

    private func run(_ script: String, _ arguments: String..., adding: [String: String?] = [:])
      async throws -> Finished
    {
      try await queue.run(
        program: Checkout.script(script), [script] + arguments, adding: adding)
    }

    private func install(adding: [String: String?] = [:]) async throws -> Finished {
      try await run("install", "--prefix", prefix, "--binary", Binary.path, adding: adding)
    }

    /// All files of the prefix; directories end with a slash.
    private func tree() throws -> Set<String> {
      guard let names = FileManager.default.subpaths(atPath: prefix) else { return [] }
      return Set(
        try names.map { try FileContents.mode("\(prefix)/\($0)").isDirectory ? "\($0)/" : $0 })
    }

    @Test func `install puts the binary, the manual and the completions in their places`()
      async throws
    {
      let result = try await install()
      #expect(result.status == 0 && result.errors == "", "\(result)")
      #expect(
        try tree().isSuperset(of: [
          "bin/queuectl", "share/man/man1/queuectl.1", "share/man/man1/queuectl-worker.1",
          "share/bash-completion/completions/queuectl", "share/zsh/site-functions/_queuectl",
          "share/fish/vendor_completions.d/queuectl.fish",
        ]))
      #expect(result.output.contains("\(prefix)/bin isn't on the PATH"), "\(result)")
      #expect(result.output.contains("fpath=(\"\(prefix)/share/zsh/site-functions\""), "\(result)")
      let version = try await queue.run(
        program: "\(prefix)/bin/queuectl", ["queuectl", "--version"])
      #expect(version.output == (try await queue.succeed("--version")), "\(version)")
      #expect(try FileContents.mode("\(prefix)/bin/queuectl").mode == 0o755)
      #expect(try FileContents.mode("\(prefix)/share/man/man1/queuectl.1").mode == 0o644)
      // The prefix didn't exist before.
      try await run("uninstall", "--prefix", prefix).expectSuccess()
      #expect(!FileManager.default.fileExists(atPath: prefix))
    }

    @Test(.enabled(if: RunningServer.isBuilt, "queuectl-web isn't built"))
    func `the web server is installed when it is wanted, and found beside the binary`()
      async throws
    {
      try await run("install", "--web", "--prefix", prefix, "--binary", Binary.path)
        .expectSuccess()
      #expect(try FileContents.mode("\(prefix)/bin/queuectl-web").mode == 0o755)
      let server = try queue.start(
        program: "\(prefix)/bin/queuectl", ["queuectl", "web", "--listen", "127.0.0.1:0"])
      try await server.line(containing: "open http://")
      let refused = try await run("uninstall", "--prefix", prefix)
      #expect(refused.status == 1 && refused.errors.contains("pid \(server.pid)"), "\(refused)")
      server.signal(SIGTERM)
      #expect(try await server.exit() == 0)
      try await run("uninstall", "--prefix", prefix).expectSuccess()
      #expect(!FileManager.default.fileExists(atPath: prefix))
    }

    @Test func `it says when the PATH has the new one, or another one first`() async throws {
      let path = "/usr/bin:/bin"
      let first = try await install(adding: ["PATH": "\(prefix)/bin:\(path)"])
      #expect(first.output.contains("\(prefix)/bin is on the PATH: queuectl --help"), "\(first)")
      let other = try Binary.directory(in: queue.path)
      let second = try await install(adding: ["PATH": "\(other):\(prefix)/bin:\(path)"])
      #expect(second.output.contains("but \(other)/queuectl comes before it"), "\(second)")
    }

    @Test func `uninstall removes what was installed, and only that`() async throws {
      for directory in ["bin", "share/man/man1"] {
        try FileManager.default.createDirectory(
          atPath: "\(prefix)/\(directory)", withIntermediateDirectories: true)
      }
      try FileContents.write("mine", to: "\(prefix)/bin/mine")
      let before = try tree()
      try await install().expectSuccess()
      try FileContents.write("mine", to: "\(prefix)/share/fish/mine")
      let data = queue.file(".local/share/queuectl")
      try await queue.succeed("enqueue", "--db", "\(data)/queue.db", "true")
      // Once more: the first installation is recognized.
      try await install().expectSuccess()

      let result = try await run("uninstall", "--prefix", prefix)
      #expect(result.status == 0 && result.errors == "", "\(result)")
      #expect(result.output.contains("Your queue is still there: \(data)"), "\(result)")
      #expect(try tree() == before.union(["share/fish/", "share/fish/mine"]))
      #expect(FileManager.default.fileExists(atPath: "\(data)/queue.db"))
      let again = try await run("uninstall", "--prefix", prefix)
      #expect(again.status == 1 && again.errors.contains("nothing was installed"), "\(again)")
    }

    @Test func `files of an earlier version that this one lacks are removed`() async throws {
      try await install().expectSuccess()
      let list = "\(prefix)/share/queuectl/installed"
      let names = String(decoding: try FileContents.read(list), as: UTF8.self)
      try FileContents.write(names + "share/man/man1/queuectl-old.1\n", to: list)
      try FileContents.write("old", to: "\(prefix)/share/man/man1/queuectl-old.1")
      try await install().expectSuccess()
      #expect(try !tree().contains("share/man/man1/queuectl-old.1"))
      #expect(String(decoding: try FileContents.read(list), as: UTF8.self) == names)
    }

    @Test
    func `running workers continue during install; uninstall keeps a service's binary`()
      async throws
    {
      try await install().expectSuccess()
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let workers = try queue.start(
        program: "\(prefix)/bin/queuectl", ["queuectl", "worker", "start", "--drain"])
      _ = try await held.nextStart()
      try await install().expectSuccess()
      held.release()
      #expect(try await workers.exit() == 0)
      #expect(try await queue.job("job").state == "completed")

      let units = queue.file(".config/systemd/user")
      try FileManager.default.createDirectory(atPath: units, withIntermediateDirectories: true)
      try FileContents.write(
        "[Service]\nExecStart=\(prefix)/bin/queuectl worker start\n",
        to: "\(units)/queuectl.service")
      let before = try tree()
      let result = try await run("uninstall", "--prefix", prefix)
      #expect(result.status == 1 && result.errors.contains("service uninstall"), "\(result)")
      #expect(try tree() == before)
    }

    @Test func `uninstall refuses while workers run from the binary`() async throws {
      try await install().expectSuccess()
      let installed = "\(prefix)/bin/queuectl"
      let started = try await queue.run(
        program: installed, ["queuectl", "worker", "start", "--detach"])
      let number = try #require(started.output.firstMatch(of: /pid ([0-9]+)/)?.1, "\(started)")
      let supervisor = try #require(Int32(number))
      // A newer binary at the same path counts as the same.
      try await install().expectSuccess()
      let before = try tree()
      let result = try await run("uninstall", "--prefix", prefix)
      #expect(result.status == 1 && result.errors.contains("queuectl worker stop"), "\(result)")
      for pid in try await queue.workers().map(\.pid) + [supervisor] {
        #expect(result.errors.contains(" \(pid)"), "\(result)")
      }
      #expect(try tree() == before)
      try await queue.succeed("worker", "stop")
      #expect(try await Processes.ends(supervisor, within: Patience.usual))
      try await run("uninstall", "--prefix", prefix).expectSuccess()
    }

    @Test(.enabled(if: RunningServer.isBuilt, "queuectl-web isn't built"))
    func `an unpacked release is installed without building, and removed`() async throws {
      // Laid out like the tarball.
      let unpacked = queue.file("queuectl-1.0.0")
      try await run("install", "--web", "--prefix", unpacked, "--binary", Binary.path)
        .expectSuccess()
      try FileManager.default.removeItem(atPath: "\(unpacked)/share/queuectl")
      try FileManager.default.createDirectory(
        atPath: "\(unpacked)/scripts", withIntermediateDirectories: true)
      for name in ["install", "uninstall", "lib.sh", "files.sh"] {
        try FileManager.default.copyItem(
          atPath: Checkout.script(name), toPath: "\(unpacked)/scripts/\(name)")
      }
      let script = "\(unpacked)/scripts/install"
      let result = try await queue.run(
        program: script, ["install", "--prefix", prefix], adding: ["PATH": "/usr/bin:/bin"])
      #expect(result.status == 0 && result.errors == "", "\(result)")
      #expect(
        try tree().isSuperset(of: [
          "bin/queuectl", "bin/queuectl-web", "share/man/man1/queuectl.1",
          "share/zsh/site-functions/_queuectl",
        ]))
      let other = try await queue.run(program: script, ["install", "--binary", Binary.path])
      #expect(other.status == 64 && other.errors.contains("unknown option --binary"), "\(other)")
      try await queue.run(
        program: "\(unpacked)/scripts/uninstall", ["uninstall", "--prefix", prefix]
      ).expectSuccess()
      #expect(!FileManager.default.fileExists(atPath: prefix))
    }

    @Test func `without Swift on PATH, the existing build is installed`()
      async throws
    {
      let checkout = queue.file("checkout")
      let built = "\(checkout)/.build/release/queuectl"
      for directory in ["scripts", ".build/release"] {
        try FileManager.default.createDirectory(
          atPath: "\(checkout)/\(directory)", withIntermediateDirectories: true)
      }
      for name in ["install", "lib.sh", "files.sh", "man"] {
        try FileManager.default.copyItem(
          atPath: Checkout.script(name), toPath: "\(checkout)/scripts/\(name)")
      }
      let script = "\(checkout)/scripts/install"
      try FileManager.default.createSymbolicLink(
        atPath: built, withDestinationPath: Binary.path)
      let result = try await queue.run(
        program: script, ["install", "--prefix", prefix], adding: ["PATH": "/usr/bin:/bin"])
      #expect(result.status == 0, "\(result)")
      #expect(
        result.output.contains(
          "No Swift on the PATH: using the existing build .build/release/queuectl"), "\(result)")
      #expect(try tree().contains("bin/queuectl"))
    }

    @Test(arguments: [
      ["install", "--nosuch", "x"], ["install", "--prefix"], ["install", "--prefix="],
      ["install", "/usr"], ["uninstall", "--binary", "/bin/true"], ["deb", "--prefix", "/x"],
      ["tarball", "--web"], ["release"], ["release", "--output", "x"], ["release", "1.0.0", "x"],
    ])
    func `unknown options are refused with the usage`(arguments: [String]) async throws {
      let result = try await queue.run(program: Checkout.script(arguments[0]), arguments)
      #expect(result.status == 64 && result.output == "", "\(result)")
      #expect(!result.errors.isEmpty)
    }

    @Test(arguments: ["install", "uninstall", "deb", "tarball", "release"])
    func `--help shows the usage`(script: String) async throws {
      let result = try await run(script, "--help")
      #expect(result.status == 0 && result.output.contains("Usage: scripts/\(script)"), "\(result)")
    }

    @Test func `a binary that doesn't run is refused, and nothing is left behind`() async throws {
      let result = try await run("install", "--prefix", prefix, "--binary", "/bin/false")
      #expect(result.status == 1 && result.errors.contains("/bin/false doesn't run"), "\(result)")
      #expect(try tree().isEmpty)
    }
  }
}
