import Foundation
import Testing

extension EndToEnd {
  /// Paths of queues, files and directories, and invalid ones.
  @Suite struct NamingPlaces {
    let queue = TestQueue.current

    @Test(arguments: [
      ("QUEUECTL_DB=$(printf '/q\\351.db')", "QUEUECTL_DB"),
      ("QUEUECTL_DB= XDG_DATA_HOME=$(printf '/data\\351')", "XDG_DATA_HOME"),
      ("QUEUECTL_DB= HOME=$(printf '/home\\351')", "HOME"),
    ])
    func `FAULT 50: a queue whose path isn't UTF-8 is refused, wherever it is named`(
      variables: String, name: String
    ) async throws {
      for command in ["enqueue true", "status", "worker start --drain"] {
        let result = try await queue.shell("\(variables) queuectl \(command)")
        #expect(result.status == 64 && result.output == "", "\(result)")
        #expect(result.errors.contains("\(name) isn't valid UTF-8: /"), "\(result)")
      }
      #expect(!FileManager.default.fileExists(atPath: "/q\u{FFFD}.db"))
    }

    @Test(arguments: ["enqueue true", "status", "worker start --drain", "doctor"])
    func `a directory is no queue`(command: String) async throws {
      let directory = queue.file("here")
      let result = try await queue.shell(
        "mkdir -p '\(directory)'; QUEUECTL_DB='\(directory)' queuectl \(command)")
      #expect(result.status != 0, "\(result)")
      #expect(
        (result.output + result.errors).contains("\(directory) is a directory: name a file in it"),
        "\(result)")
    }

    @Test func `FAULT 50: a variable that isn't UTF-8 is ignored if another one decides`()
      async throws
    {
      let variables = "XDG_DATA_HOME=$(printf '/data\\351') HOME=$(printf '/h\\351')"
      try await queue.shell("\(variables) queuectl enqueue --id job true").expectSuccess()
      #expect(try await queue.job("job").state == "pending")
    }

    @Test func `FAULT 50: a link into a directory whose name isn't UTF-8 is refused`()
      async throws
    {
      let result = try await queue.shell(
        #"d=$(printf 'odd\351'); mkdir "$d"; ln -s "$d" plain; "#
          + "queuectl enqueue --db plain/queue.db true")
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains("resolves to a path that isn't valid UTF-8"), "\(result)")
      try await queue.shell(#"test -z "$(ls odd*)" && test ! -e 'odd�'"#).expectSuccess()
    }

    @Test(arguments: [
      "mysql://user:secret@host/jobs", "http://host/",
      "https://host/q.db", "sqlite:///q.db", "file:///q.db", "x+y-z.1://",
    ])
    func `a URL isn't a path: nothing is created, and its password isn't printed`(
      address: String
    ) async throws {
      try await queue.succeed("enqueue", "true")
      for words in [
        ["enqueue", "--db", address, "true"], ["status", "--db", address], ["backup", address],
        ["import", address], ["enqueue", "--file", address],
        ["worker", "start", "--db", address, "--drain"],
        ["service", "install", "--user", "--print", "--db", address],
      ] {
        let result = try await queue.run(words)
        #expect(result.status == 64 && result.output == "", "\(result)")
        #expect(result.errors.contains(":// begins a URL, not a path"), "\(result)")
        #expect(!result.errors.contains("secret"), "\(result)")
      }
      let variable = try await queue.run("enqueue", "true", adding: ["QUEUECTL_DB": address])
      #expect(variable.status == 64, "\(variable)")
      let names = try FileManager.default.contentsOfDirectory(atPath: queue.path)
      #expect(names.allSatisfy { !$0.contains(":") }, "\(names)")
    }

    @Test(arguments: [
      ["backup", "-"], ["metrics", "--output", "-"], ["enqueue", "--file", "-"],
      ["enqueue", "--db", "-", "true"], ["status", "--db", "-"],
    ])
    func `a dash that isn't a stream isn't a file either`(words: [String]) async throws {
      try await queue.succeed("enqueue", "true")
      let result = try await queue.run(words)
      #expect(result.status == 64 && result.output == "", "\(result)")
      #expect(result.errors.contains("./- for one of that name"), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("-")))
      try await queue.succeed("backup", "./-")
    }

    @Test(arguments: ["./postgres://x.db", "a:b.db", "1://x.db", "://x.db", "dir/http://x.db"])
    func `a path may contain a colon`(path: String) async throws {
      try await queue.succeed("enqueue", "--id", "job", "--db", path, "true")
      #expect(FileManager.default.fileExists(atPath: queue.file(path)))
    }

    @Test func `in a removed directory, a job can be enqueued with another one`()
      async throws
    {
      let gone = "mkdir gone && cd gone && rmdir ../gone &&"
      try await queue.shell("\(gone) queuectl enqueue --id job --cwd /tmp pwd").expectSuccess()
      #expect(try await queue.job("job").cwd == "/tmp")
      for flags in ["", "--cwd here"] {
        let result = try await queue.shell("\(gone) queuectl enqueue \(flags) true")
        #expect(result.status == 1 && result.errors.contains("or pass --cwd"), "\(result)")
      }
      #expect(try await queue.jobs().count == 1)
    }
  }
}
