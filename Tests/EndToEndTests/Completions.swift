import Foundation
import Testing

extension EndToEnd {
  /// `completions`: what a shell offers after a few letters.
  @Suite struct Completions {
    let queue = TestQueue.current

    /// Has bash complete the last word of each line.
    private func offered(for lines: [[String]]) async throws -> [String] {
      let tries = lines.map { words in "try " + words.map { "'\($0)'" }.joined(separator: " ") }
      let result = try await queue.shell(
        """
        queuectl completions bash > completions && exec bash <<'END'
        source completions
        try() {
          COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMPREPLY=()
          COMP_POINT=${#COMP_LINE}
          _queuectl queuectl "${@: -1}" "${@: -2:1}"
          printf '%s\\n' "${COMPREPLY[*]}"
        }
        \(tries.joined(separator: "\n"))
        END
        """)
      #expect(result.status == 0 && result.errors == "", "\(result)")
      return result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
        $0.split(separator: " ").sorted().joined(separator: " ")
      }
    }

    @Test func `bash completes commands, flags, ids, queues, states, workers and settings`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "alpha", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "alps", "--queue", "mail", "true")
      let offered = try await offered(for: [
        ["queuectl", "enq"], ["queuectl", "show", "al"], ["queuectl", "dlq", "retry", ""],
        ["queuectl", "cancel", ""], ["queuectl", "queue", "pause", ""],
        ["queuectl", "list", "--state", "c"], ["queuectl", "config", "set", "backoff-"],
        ["queuectl", "enqueue", "--after", ""], ["queuectl", "worker", "stop", ""],
      ])
      #expect(
        offered == [
          "enqueue", "alpha alps", "alpha", "alps", "default mail", "cancelled completed",
          "backoff-base backoff-jitter backoff-max", "alps", "",
        ])
    }

    @Test func `where there is no queue nothing is offered, and nothing is made`() async throws {
      #expect(try await offered(for: [["queuectl", "show", ""]]) == [""])
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    @Test func `another queue is completed from when --db names it`() async throws {
      let other = queue.file("other.db")
      try await queue.succeed("enqueue", "--db", other, "--id", "there", "true")
      #expect(
        try await offered(for: [["queuectl", "show", "--db", other, ""]]) == ["there"])
    }

    @Test(.needs(program: "fish"))
    func `fish completes from the queue as one types`() async throws {
      try await expectLiveCompletions(in: .fish)
    }

    @Test(.needs(program: "zsh"))
    func `zsh completes from the queue as one types`() async throws {
      try await expectLiveCompletions(in: .zsh)
    }

    private func expectLiveCompletions(in shell: TypingShell) async throws {
      try await queue.succeed("enqueue", "--id", "alpha", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "alps", "--queue", "mail", "true")
      let other = queue.file("other.db")
      try await queue.succeed("enqueue", "--db", other, "--id", "there", "true")
      let kept = try await shell.completions(
        of: [
          "queuectl enq", "queuectl show alph", "queuectl show alp", "queuectl dlq retry ",
          "queuectl cancel ", "queuectl queue pause m", "queuectl enqueue --after ",
          "queuectl list --state comp", "queuectl config set backoff-b",
          "queuectl show --db \(other) ",
        ], queue: queue)
      #expect(
        kept == [
          "queuectl enqueue", "queuectl show alpha", "queuectl show alp",
          "queuectl dlq retry alpha", "queuectl cancel alps", "queuectl queue pause mail",
          "queuectl enqueue --after alps", "queuectl list --state completed",
          "queuectl config set backoff-base", "queuectl show --db \(other) there",
        ])
    }

    @Test(.needs(program: "fish"))
    func `fish completes commands, flags, states and settings, and files where one is meant`()
      async throws
    {
      try queue.write("", to: "jobs.jsonl")
      let lines = [
        "enq", "list --state c", "list --sort p", "config set backoff-", "import jo",
        "enqueue --file jo", "service install --u",
      ]
      let tries = lines.map {
        "complete -C 'queuectl \($0)' | string split -f1 \\t | sort | string join ' '"
      }
      let result = try await queue.shell(
        "queuectl completions fish > q.fish && exec fish --no-config -c \"$TRIES\"",
        adding: ["TRIES": "source q.fish\n" + tries.joined(separator: "\n")])
      #expect(
        result.lines == [
          "enqueue", "cancelled completed", "priority",
          "backoff-base backoff-jitter backoff-max", "jobs.jsonl", "jobs.jsonl", "--user",
        ], "\(result)")
    }

    @Test(
      .needs(program: "zsh"), .needs(program: "fish"),
      arguments: ["zsh", "fish", "bash"])
    func `each shell can read its script`(shell: String) async throws {
      let result = try await queue.shell(
        "queuectl completions \(shell) > script && \(shell) -n script")
      #expect(result.status == 0 && result.errors == "", "\(result)")
    }

    @Test(arguments: [("zsh", "#compdef queuectl"), ("fish", "complete -c 'queuectl'")])
    func `zsh and fish get scripts of their own`(shell: String, mark: String) async throws {
      let script = try await queue.succeed("completions", shell)
      #expect(script.contains(mark) && script.contains("---completion"), "\(script.prefix(500))")
    }

    @Test func `another shell is refused with those that there are`() async throws {
      let result = try await queue.run("completions", "tcsh")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("There are completions for zsh, bash, fish, not for \"tcsh\""))
    }
  }
}
