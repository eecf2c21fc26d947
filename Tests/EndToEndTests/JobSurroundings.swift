import Foundation
import Testing

extension EndToEnd {
  /// A job's environment: input, descriptors, signals, variables, directory, files.
  @Suite struct JobSurroundings {
    let queue = TestQueue.current

    @Test func `FAULT 22: a background child that keeps the output open delays nothing`()
      async throws
    {
      let held = try HeldJobs(queue)
      try queue.write(held.command, to: "child.sh")
      try await queue.succeed("enqueue", "--id", "parent", "sh child.sh & echo hi")
      try await queue.drain()
      #expect(try await queue.job("parent").state == "completed")
      let child = try await held.nextStart()
      #expect(try await !Processes.ends(child.pid, within: .zero))
      held.release()
      #expect(try await Processes.ends(child.pid, within: Patience.usual))
    }

    @Test func `FAULT 25: a job that reads its input gets end-of-file`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "reader", "cat > out; readlink /proc/self/fd/0 >> out")
      let workers = try queue.startShell("exec queuectl worker start --drain < '\(held.gatePath)'")
      #expect(try await workers.exit() == 0)
      #expect(try await queue.job("reader").state == "completed")
      #expect(try queue.lines(of: "out") == ["/dev/null"])
    }

    @Test func `FAULT 26: a job has descriptors 0, 1 and 2 only, and default signals`() async throws
    {
      try await queue.succeed("enqueue", TestQueue.inheritanceProbe)
      try await queue.drainWithInheritance()
      try queue.expectNothingInherited()
    }

    @Test func `FAULT 26: a job leads its own session, without a terminal`() async throws {
      try await queue.succeed(
        "enqueue", "echo $$ > ids; cut -d' ' -f5,6,7 /proc/$$/stat >> ids; :")
      let screen = try await queue.screen("worker", "start", "--drain")
      #expect(screen.contains("completed"), "\(screen)")
      let lines = try queue.lines(of: "ids")
      let pid = try #require(lines.first)
      #expect(lines.dropFirst().first == "\(pid) \(pid) 0", "group, session and terminal")
    }

    @Test(arguments: [
      "QUEUECTL_DB", "QUEUECTL_JOB_ID", "QUEUECTL_RUN_ID", "QUEUECTL_QUEUE", "QUEUECTL_SCHEDULE",
      "QUEUECTL_SCHEDULED_FOR", "QUEUECTL_MISSED", "QUEUECTL_BIN", "QUEUECTL_ENV",
    ])
    func `variables that queuectl sets can't be set by users`(name: String) async throws {
      let flag = try await queue.run("enqueue", "--env", "\(name)=forged", "true")
      #expect(flag.status != 0, "\(flag)")
      let json = try await queue.run("enqueue", #"{"command":"true","env":{"\#(name)":"x"}}"#)
      #expect(json.status == 64, "\(json)")
      for result in [flag, json] {
        #expect(
          result.errors.contains("env can't have \(name): queuectl sets it for each run"),
          "\(result)")
      }
      try await queue.succeed("enqueue", "--env", "QUEUECTL_READONLY=1", "true")
      #expect(try await queue.jobs().count == 1)
    }

    @Test(arguments: [["worker", "start", "--drain"], ["worker", "start", "--detach", "--drain"]])
    func `FAULT 50: an environment that isn't UTF-8 goes to jobs byte for byte`(
      words: [String]
    ) async throws {
      let bytes = "printf '%s|' \"$HOME\" \"$TMPDIR\" \"$ODD\" > bytes-$QUEUECTL_JOB_ID"
      try await queue.succeed("enqueue", "--id", "plain", bytes)
      try await queue.succeed("enqueue", "--id", "own", "--env", "TMPDIR=/mine", bytes)
      try await queue.shell(
        #"HOME=$(printf '/h\351') TMPDIR=$(printf '/t\377') ODD=$(printf 'caf\303\251\300') "#
          + "exec queuectl \(words.joined(separator: " "))"
      ).expectSuccess()
      try await queue.succeed("wait", "plain", "own")
      let (home, odd) = (Array("/h".utf8) + [0xE9], Array("café".utf8) + [0xC0])
      func expected(_ temporary: [UInt8]) -> [UInt8] {
        [home, temporary, odd].flatMap { $0 + Array("|".utf8) }
      }
      let plain = try FileContents.read(queue.file("bytes-plain"))
      #expect(plain == expected(Array("/t".utf8) + [0xFF]))
      #expect(try FileContents.read(queue.file("bytes-own")) == expected(Array("/mine".utf8)))
    }

    @Test func `a job gets its own variables, the worker's, and queuectl's`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "vars", "--queue", "mail", "--max-retries", "1", "--env", "OWN=a b",
        "--env", "LANG=own",
        "env > vars-$QUEUECTL_ATTEMPT; [ $QUEUECTL_ATTEMPT = 2 ]"
      )
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      let workers = try queue.start(
        program: Binary.path, ["queuectl", "worker", "start", "--drain"],
        adding: ["WORKER": "w", "QUEUECTL_RUN_ID": "outer"])
      #expect(try await workers.exit() == 0)
      let runs = try ["vars-1", "vars-2"].map { name in
        Dictionary(
          try queue.lines(of: name).map { line in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
          }, uniquingKeysWith: { first, second in "\(first), and again \(second)" })
      }
      for (index, run) in runs.enumerated() {
        #expect(run["OWN"] == "a b")
        #expect(run["LANG"] == "own")
        #expect(run["WORKER"] == "w")
        #expect(run["QUEUECTL_DB"] == queue.database)
        #expect(run["QUEUECTL_JOB_ID"] == "vars")
        #expect(run["QUEUECTL_QUEUE"] == "mail")
        #expect(run["QUEUECTL_ATTEMPT"] == "\(index + 1)")
      }
      let names = runs.compactMap { $0["QUEUECTL_RUN_ID"] }
      #expect(names.count == 2 && Set(names).count == 2 && !names.contains("outer"), "\(names)")
    }

    @Test func `--env NAME copies a variable, and must find it`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "job", "--env", "MINE", "--env", "EMPTY", "env > env",
        adding: ["MINE": "a=b c", "EMPTY": "", "OTHER": "x"])
      #expect(try await queue.job("job").env == ["MINE": "a=b c", "EMPTY": ""])
      for name in ["NOSUCH", ""] {
        let missing = try await queue.run("enqueue", "--env", name, "true")
        #expect(missing.status == 64, "\(missing)")
        #expect(
          missing.errors.contains("the NAME of a variable that is set here, not \"\(name)\""),
          "\(missing)")
      }
      let odd = try await queue.shell(
        #"ODD=$(printf '\377') exec queuectl enqueue --env ODD true"#)
      #expect(odd.status == 64 && odd.errors.contains("ODD isn't valid UTF-8"), "\(odd)")
      #expect(try await queue.jobs().count == 1)
    }

    @Test func `--inherit-env replaces the worker's environment by that of enqueue`() async throws {
      let here = ["HERE": "h", "QUEUECTL_RUN_ID": "outer", "SHLVL": "7", "BOTH": "enqueue"]
      let env = "env > env-$QUEUECTL_JOB_ID"
      try await queue.succeed(
        "enqueue", "--id", "whole", "--inherit-env", "--env", "OWN=o", env, adding: here)
      try await queue.succeed(
        "enqueue", #"{"id":"json","command":"env > env-json","inherit_env":true}"#, adding: here)
      try await queue.succeed("config", "set", "inherit-env", "true")
      try await queue.succeed("enqueue", "--id", "setting", env, adding: here)
      try await queue.succeed("enqueue", "--id", "not", "--no-inherit-env", env, adding: here)
      let workers = try queue.start(
        program: Binary.path, ["queuectl", "worker", "start", "--drain"],
        adding: ["WORKER": "w", "BOTH": "worker"])
      #expect(try await workers.exit() == 0)
      for id in ["whole", "json", "setting"] {
        let lines = try queue.lines(of: "env-\(id)")
        #expect(lines.contains("HERE=h") && lines.contains("BOTH=enqueue"), "\(lines)")
        #expect(lines.contains("QUEUECTL_JOB_ID=\(id)"), "\(lines)")
        #expect(lines.contains("QUEUECTL_ENV=inherited"), "\(lines)")
        #expect(!lines.contains("WORKER=w") && !lines.contains("QUEUECTL_RUN_ID=outer"))
        #expect(lines.contains("OWN=o") == (id == "whole"))
        let job = try await queue.job(id)
        #expect(job.inheritEnv == true && job.env["SHLVL"] == nil && job.env["QUEUECTL_DB"] == nil)
      }
      let plain = try queue.lines(of: "env-not")
      #expect(plain.contains("WORKER=w") && plain.contains("BOTH=worker"), "\(plain)")
      #expect(!plain.contains { $0.hasPrefix("QUEUECTL_ENV") || $0 == "HERE=h" }, "\(plain)")
    }

    @Test func `show and export tell whose environment a job has`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "whole", "--inherit-env", "true", adding: ["HERE": "h"])
      try await queue.succeed("enqueue", "--id", "not", "true")
      let shown = try await queue.succeed("show", "whole")
      #expect(
        shown.contains(/environment +that of enqueue: \d+ variables; --show-env shows them\n/),
        "\(shown)")
      #expect(!shown.contains("HERE"), "\(shown)")
      let values = try await queue.succeed("show", "whole", "--show-env")
      #expect(values.contains("HERE=h") && !values.contains("QUEUECTL_ENV"), "\(values)")
      let worker = try await queue.succeed("show", "not")
      #expect(worker.contains(/environment +the worker's\n/), "\(worker)")

      let exported = try await queue.succeed("export")
      try await queue.succeed("import", "--db", "copy.db", "-", input: exported)
      #expect(try await queue.succeed("export", "--db", "copy.db") == exported)
    }

    @Test func `variables that can't be stored are named`() async throws {
      let result = try await queue.shell(
        #"ODD=$(printf '\377') exec queuectl enqueue --id job --inherit-env true"#)
      #expect(result.status == 0 && result.output == "job\n", "\(result)")
      #expect(
        result.errors
          == "queuectl: 1 variable not inherited, because the text isn't valid UTF-8: ODD\n",
        "\(result)")
    }

    @Test func `a job finds queuectl`() async throws {
      let bin = try Binary.directory(in: queue.path)
      let real = URL(fileURLWithPath: Binary.path).resolvingSymlinksInPath()
        .deletingLastPathComponent().path
      let find = "command -v queuectl > found-$QUEUECTL_JOB_ID; echo $QUEUECTL_BIN >> bin"
      try await queue.succeed("enqueue", "--id", "none", find)
      try await queue.succeed("enqueue", "--id", "own", "--env", "PATH=/usr/bin:/bin", find)
      try await queue.succeed("enqueue", "--id", "other", "--env", "PATH=\(bin):/bin", find)
      let workers = try await queue.run(
        "worker", "start", "--drain", adding: ["PATH": "/usr/bin:/bin"])
      #expect(workers.status == 0, "\(workers)")
      for (id, directory) in [("none", real), ("own", real), ("other", bin)] {
        #expect(try queue.lines(of: "found-\(id)") == ["\(directory)/queuectl"])
      }
      #expect(try queue.lines(of: "bin") == [real, real, real])
    }

    @Test func `a job can use its own queue`() async throws {
      let bin = try Binary.directory(in: queue.path)
      try await queue.succeed(
        "enqueue", "--id", "outer", "'\(bin)/queuectl' enqueue --id inner 'true'")
      try await queue.drain()
      #expect(try await queue.job("inner").state == "completed")
    }

    @Test func `a worker started by a job is independent`() async throws {
      let bin = try Binary.directory(in: queue.path)
      let other = queue.file("other/queue.db")
      try await queue.succeed(
        "enqueue", "--id", "outer",
        "export QUEUECTL_DB='\(other)'; '\(bin)/queuectl' enqueue --id inner 'env > inner-env'; "
          + "'\(bin)/queuectl' worker start --drain; env > outer-env"
      )
      try await queue.drain()
      #expect(try await queue.job("outer").state == "completed")
      let inner = try queue.lines(of: "inner-env")
      #expect(inner.contains("QUEUECTL_JOB_ID=inner"))
      #expect(inner.contains("QUEUECTL_DB=\(other)"))
      let runs = try (inner + queue.lines(of: "outer-env")).filter {
        $0.hasPrefix("QUEUECTL_RUN_ID=")
      }
      #expect(Set(runs).count == 2, "\(runs)")
    }

    @Test func `a job runs in the directory in which it was enqueued`() async throws {
      for name in ["a b", "with'quote"] {
        let directory = queue.file(name)
        try FileManager.default.createDirectory(
          atPath: directory, withIntermediateDirectories: false)
        try await queue.succeed("enqueue", "pwd > here", in: directory)
      }
      try await queue.succeed("enqueue", "--cwd", "a b", "pwd > relative")
      try await queue.succeed("enqueue", #"{"command":"pwd > json","cwd":"a b"}"#)
      _ = try await queue.succeed("worker", "start", "--drain", in: "/")
      #expect(try queue.lines(of: "a b/here") == [queue.file("a b")])
      #expect(try queue.lines(of: "with'quote/here") == [queue.file("with'quote")])
      #expect(try queue.lines(of: "a b/relative") == [queue.file("a b")])
      #expect(try queue.lines(of: "a b/json") == [queue.file("a b")])
    }

    @Test func `all files are readable by their owner only, whatever the umask`() async throws {
      try await queue.shell(
        "umask 0; queuectl enqueue 'echo out'; queuectl worker start --drain; queuectl enqueue "
          + "true; queuectl worker start --detach; queuectl worker stop"
      ).expectSuccess()
      let root = queue.file("data")
      let names = try FileManager.default.subpathsOfDirectory(atPath: root)
      #expect(names.contains("queue.db"))
      #expect(names.contains { $0.hasSuffix(".log") })
      for path in [root] + names.map({ "\(root)/\($0)" }) {
        let (mode, isDirectory) = try FileContents.mode(path)
        #expect(
          mode == (isDirectory ? 0o700 : 0o600), "\(path) has mode \(String(mode, radix: 8))")
      }
    }

    @Test func `FAULT 24: the last line of a failed job is in its error, sanitized`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "talks", "--max-retries", "0",
        #"echo first; printf '\033[31mno such \302\233 table\n\n' >&2; exit 3"#)
      try await queue.drain()
      let table = try await queue.succeed("dlq", "list")
      #expect(table.contains("     3  1/1 ") && table.contains("no such"), "\(table)")
      #expect(try await queue.job("talks").error?.hasPrefix("exit status 3: ") == true)
      #expect(!table.contains("\u{1B}") && !table.contains("\u{9B}"), "\(table.debugDescription)")
      #expect(try await queue.job("talks").exitCode == 3)
    }

    @Test func `FAULT 24: output that isn't text is kept, and JSON stays valid`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "bytes", "--max-retries", "0",
        #"printf 'a\000\377\376\033]52;c;x\007'; exit 1"#)
      try await queue.drain()
      #expect(try await queue.job("bytes").state == "dead")
      #expect(try await queue.job("bytes").error?.hasPrefix("exit status 1") == true)
    }
  }
}
