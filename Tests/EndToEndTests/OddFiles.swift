import Foundation
import Testing

extension EndToEnd {
  /// Unusual files and streams: failing half-way, endless, non-blocking, or not regular files.
  @Suite struct OddFiles {
    let queue = TestQueue.current

    /// Runs `queuectl` with failing calls on one path.
    private func run(
      _ words: String..., failing fault: String, on path: String
    ) async throws -> Finished {
      try await queue.run(
        program: "/usr/bin/strace",
        ["strace", "-qq", "-f", "-o", "/dev/null", "-P", path, "-e", "inject=\(fault)"]
          + [Binary.path] + words)
    }

    private func log(_ run: Int = 1) -> String { queue.database + ".d/logs/0/\(run).log" }

    // MARK: Logs

    @Test(.needs(program: "strace"), arguments: [[], ["--tail", "100000"], ["--follow"]])
    func `FAULT 71: a log that fails half-way isn't shown as complete`(
      flags: [String]
    ) async throws {
      try await queue.succeed("enqueue", "--id", "job", "seq 100000")
      try await queue.drain()
      let whole = try await queue.succeed("logs", "job")
      let result = try await queue.run(
        program: "/usr/bin/strace",
        [
          "strace", "-qq", "-f", "-o", "/dev/null", "-P", log(), "-e",
          "inject=pread64:error=EIO:when=2+", Binary.path, "logs", "job",
        ] + flags)
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains("1.log: Input/output error"), "\(result)")
      #expect(whole.hasPrefix(result.output) && result.output.utf8.count < whole.utf8.count)
    }

    @Test func `a special file in place of a log is neither waited for nor read`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "job", "echo hi")
      try await queue.drain()
      for make in ["mkfifo", "mkdir"] {
        try await queue.shell("rm -rf '\(log())' && \(make) '\(log())'").expectSuccess()
        for flags in [[], ["--tail", "3"], ["--follow"]] {
          let result = try await queue.run(["logs", "job"] + flags)
          #expect(result.status == 1 && result.output == "", "\(result)")
          #expect(result.errors.contains("1.log isn't a regular file"), "\(result)")
        }
        try await queue.succeed("show", "job")
        let screen = try await queue.succeed("top", "--once")
        #expect(screen.contains("job"))
      }
      #expect(rmdir(log()) == 0)
    }

    @Test func `a FIFO in the place of a new log is removed`() async throws {
      try await queue.succeed("enqueue", "true")
      try await queue.drain()
      #expect(mkfifo(log(2), 0o600) == 0)
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "echo hi")
      try await queue.drain()
      #expect(try await queue.job("job").state == "completed")
      #expect(try await queue.succeed("logs", "job") == "hi\n")
    }

    // MARK: Reasons

    @Test(.needs(program: "strace"))
    func `FAULT 71: the error names the reason why a file couldn't be created`()
      async throws
    {
      let directory = queue.file("there")
      #expect(mkdir(directory, 0o700) == 0)
      let result = try await run(
        "enqueue", "--db", "\(directory)/queue.db", "true", failing: "openat:error=EMFILE",
        on: directory)
      #expect(result.status == 1, "\(result)")
      #expect(
        result.errors.contains("can't create \(directory)/queue.db: Too many open files"),
        "\(result)")
    }

    @Test(.needs(program: "strace"), arguments: ["pwrite64:error=EIO", "pwrite64:error=ENOSPC"])
    func `FAULT 71: the error names the file, not its draft`(
      fault: String
    ) async throws {
      func trace(from first: Int) -> [String] {
        ["strace", "-qq", "-f", "-o", "/dev/null", "-e", "inject=\(fault):when=\(first)"]
      }
      let first = try await queue.run(
        program: "/usr/bin/strace", trace(from: 1) + [Binary.path, "enqueue", "true"])
      #expect(first.status == 1, "\(first)")
      #expect(first.errors.contains(queue.database), "\(first)")
      #expect(!first.errors.contains(".new-"), "\(first)")
      try await queue.succeed("enqueue", "true")
      // The first eight create SQLite's shared memory.
      let copy = queue.file("copy.db")
      let backup = try await queue.run(
        program: "/usr/bin/strace", trace(from: 9) + [Binary.path, "backup", copy])
      #expect(backup.status == 1, "\(backup)")
      #expect(backup.errors.contains(copy) && !backup.errors.contains(".new-"), "\(backup)")
      try await queue.succeed("backup", copy)
    }

    // MARK: Streams

    private static let nonblocking = """
      perl -MFcntl -e '
        fcntl($S, F_SETFL, fcntl($S, F_GETFL, 0) | O_NONBLOCK); exec @ARGV'
      """

    private func unwaiting(_ stream: String) -> String {
      Self.nonblocking.replacingOccurrences(of: "$S", with: stream)
    }

    @Test(.needs(program: "perl"))
    func `output that another process made non-blocking works`() async throws {
      let jobs = (1...20_000).map { "{\"id\":\"job\($0)\",\"command\":\"true\"}\n" }.joined()
      try await queue.succeed("enqueue", "-", input: jobs)
      let result = try await queue.shell(
        "\(unwaiting("STDOUT")) queuectl export | { cat; } | wc -l")
      #expect(result.output.trimmingCharacters(in: .whitespaces) == "20000\n", "\(result)")
      #expect(result.errors == "", "\(result)")
    }

    @Test(.needs(program: "perl"))
    func `input that another process made non-blocking works`() async throws {
      let result = try await queue.shell(
        """
        { for number in 1 2; do queuectl --version > /dev/null; echo '{"command":"true"}'; done; } |
          \(unwaiting("STDIN")) queuectl enqueue -
        """)
      #expect(result.status == 0 && result.lines.count == 2, "\(result)")
    }

    @Test(arguments: ["enqueue -", "list", "export", "config list"])
    func `a closed standard output is a failure if there is output`(command: String)
      async throws
    {
      try await queue.succeed("enqueue", "true")
      let result = try await queue.shell(
        #"echo '{"command":"true"}' | queuectl \#(command) >&-"#)
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains("can't write the output: Bad file descriptor"), "\(result)")
    }

    @Test func `no file of a worker takes the place of a closed stream`() async throws {
      let command = "for number in 0 1 2; do readlink /proc/$PPID/fd/$number; done > streams"
      try await queue.succeed("enqueue", "--id", "job", command)
      try await queue.shell("queuectl worker start --drain <&- >&- 2>&-").expectSuccess()
      #expect(try await queue.job("job").state == "completed")
      #expect(try queue.lines(of: "streams") == ["/dev/null", "/dev/null", "/dev/null"])
    }

    @Test(arguments: ["", "/tmp"])
    func `without TMPDIR, or with an empty one, temporary files are in /tmp`(
      directory: String
    ) async throws {
      try await queue.run(
        "enqueue", "-", input: "{\"command\":\"true\"}\n", adding: ["TMPDIR": directory]
      ).expectSuccess()
      try await queue.run(
        "enqueue", "-", input: "{\"command\":\"true\"}\n", adding: ["TMPDIR": nil]
      ).expectSuccess()
      let odd = try await queue.shell(
        #"mkdir "$(printf 't\351')" && echo '{"command":"true"}' | "#
          + #"TMPDIR=$(printf 't\351') queuectl enqueue -"#)
      #expect(odd.status == 0, "\(odd)")
    }

    @Test(arguments: [["enqueue", "--file"], ["import"]])
    func `endless input is refused once it exceeds the limit of a line`(words: [String])
      async throws
    {
      let zeros = try await queue.run(words + ["/dev/zero"])
      #expect(zeros.status == 64 && zeros.output == "", "\(zeros)")
      #expect(zeros.errors.contains("/dev/zero: a JSON line or array"), "\(zeros)")
      #expect(zeros.errors.contains("may have at most 64MB"), "\(zeros)")
      #expect(!FileManager.default.fileExists(atPath: queue.database), "a queue was made")
    }

    @Test func `a line may have 64 MB, and input any number of lines`() async throws {
      for (size, isRefused) in [(64 << 20, false), ((64 << 20) + 1, true)] {
        let result = try await queue.shell(
          "head -c \(size) /dev/zero | tr '\\0' x > long && queuectl enqueue --file long; rm long")
        #expect(result.errors.contains("may have at most 64MB") == isRefused, "\(result)")
        #expect(result.errors.contains("long, line 1: "), "\(result)")
      }
      let array = try await queue.shell(
        "{ echo '['; head -c 70000000 /dev/zero | tr '\\0' ' ' | fold -w 1000; } > array; queuectl "
          + "enqueue --file array; rm array")
      #expect(array.errors.contains("array: a JSON line or array"), "\(array)")
    }
  }
}
