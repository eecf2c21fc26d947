import Foundation
import Testing

extension EndToEnd {
  /// `completions`: the candidates of each shell.
  @Suite struct Completions {
    let queue = TestQueue.current

    /// Runs bash's completion for the last word of each line.
    private func offered(for lines: [[String]]) async throws -> [String] {
      let tries = lines.map { words in "try " + words.map { "'\($0)'" }.joined(separator: " ") }
      let result = try await queue.shell(
        """
        queuectl completions bash > completions && exec bash <<'END'
        source completions
        try() {
          COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMPREPLY=()
          COMP_POINT=${#COMP_LINE}
          __queuectl_typed queuectl "${@: -1}" "${@: -2:1}"
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

    @Test func `bash completes commands, flags, ids, names, states, workers and settings`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "alpha", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed(
        "enqueue", "--id", "alps", "--queue", "mail", "--tag", "import-1", "--tag", "late", "true")
      try await queue.succeed("schedule", "add", "nightly", "--every", "1d", "true")
      let offered = try await offered(for: [
        ["queuectl", "schedule", "pause", ""], ["queuectl", "list", "--schedule", "n"],
        ["queuectl", "logs", "--schedule", ""], ["queuectl", "schedule", "check", ""],
        ["queuectl", "explain", "n"], ["queuectl", "schedule", "edit", "nightly", "--unset", "un"],
        ["queuectl", "enq"], ["queuectl", "show", "al"],
        ["queuectl", "dlq", "retry", ""],
        ["queuectl", "cancel", ""], ["queuectl", "queue", "pause", ""],
        ["queuectl", "list", "--state", "c"], ["queuectl", "config", "set", "backoff-"],
        ["queuectl", "enqueue", "--after", ""], ["queuectl", "worker", "stop", ""],
        ["queuectl", "enqueue", "--tag", ""], ["queuectl", "list", "--tag=i"],
        ["queuectl", "status", "--tag", "l"], ["queuectl", "edit", "alps", "--untag", "im"],
        ["queuectl", "wait", "--tag", "x"],
        ["queuectl", "list", "--state", "dead,pr"], ["queuectl", "list", "--state=dead,"],
        ["queuectl", "list", "--fields", "id,err"],
        ["queuectl", "config", "set", "inherit-env", ""],
        ["queuectl", "config", "set", "on-dead", ""],
      ])
      #expect(
        offered == [
          "nightly", "nightly", "nightly", "nightly", "nightly", "unique until", "enqueue",
          "alpha alps", "alpha", "alps", "default mail",
          "cancelled completed",
          "backoff-base backoff-jitter backoff-max", "alps", "",
          "import-1 late", "--tag=import-1", "late", "import-1", "",
          "dead,processing",
          "--state=dead,cancelled --state=dead,completed --state=dead,failed "
            + "--state=dead,pending --state=dead,processing",
          "id,error", "false true", "",
        ])
    }

    @Test func `without a queue there are no candidates, and no file is created`() async throws {
      #expect(try await offered(for: [["queuectl", "show", ""]]) == [""])
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    @Test func `--db selects the queue for candidates`() async throws {
      let other = queue.file("other.db")
      try await queue.succeed("enqueue", "--db", other, "--id", "there", "true")
      #expect(
        try await offered(for: [["queuectl", "show", "--db", other, ""]]) == ["there"])
    }

    @Test(.needs(program: "zsh"), .needs(program: "fish"), arguments: TypingShell.allCases)
    func `each shell completes from the queue while typing`(shell: TypingShell) async throws {
      try await queue.succeed("enqueue", "--id", "alpha", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed(
        "enqueue", "--id", "alps", "--queue", "mail", "--tag", "import-1", "true")
      try await queue.succeed("schedule", "add", "nightly", "--every", "1d", "true")
      let other = queue.file("other.db")
      try await queue.succeed("enqueue", "--db", other, "--id", "there", "true")
      let kept = try await shell.completions(
        of: [
          "queuectl enq", "queuectl show alph", "queuectl show alp", "queuectl dlq retry ",
          "queuectl cancel ", "queuectl queue pause m", "queuectl enqueue --after ",
          "queuectl list --state comp", "queuectl config set backoff-b",
          "queuectl show --db \(other) ", "queuectl schedule check ni",
          "queuectl list --schedule n", "queuectl logs --schedule nig",
          "queuectl enqueue --tag imp", "queuectl cancel --tag 'imp",
          "queuectl list --state dead,comp", "queuectl list --state 'dead,comp",
          "queuectl list --fields id,err", "queuectl config set inherit-env t",
        ], queue: queue)
      #expect(
        kept == [
          "queuectl enqueue", "queuectl show alpha", "queuectl show alp",
          "queuectl dlq retry alpha", "queuectl cancel alps", "queuectl queue pause mail",
          "queuectl enqueue --after alps", "queuectl list --state completed",
          "queuectl config set backoff-base", "queuectl show --db \(other) there",
          "queuectl schedule check nightly", "queuectl list --schedule nightly",
          "queuectl logs --schedule nightly",
          "queuectl enqueue --tag import-1", "queuectl cancel --tag import-1",
          "queuectl list --state dead,completed", "queuectl list --state dead,completed",
          "queuectl list --fields id,error", "queuectl config set inherit-env true",
        ])
    }

    /// Placeholder for an id or its typed prefix.
    private static let mark = "ID"

    /// Ids and queue names that a shell would expand, execute or split.
    private static let hostile = [
      "$(touch${IFS}PWN)", "`touch${IFS}PWN`", "${PWN:-$(touch${IFS}PWN)}", ";touch${IFS}PWN",
      "&touch${IFS}PWN", "|touch${IFS}PWN", ">PWN", "<(touch${IFS}PWN)", "'quoted", "\"quoted",
      "\\backslash", "{a,b}", "$HOME", "~root", "*", "?[a-z]", ":colon:two", "=equals", "#hash",
      "!bang!!", "ünï(ö)", "%s%n@host", "a\\:b", "^caret", "end'", "end\"", "",
    ]

    @Test(.needs(program: "zsh"), .needs(program: "fish"), arguments: TypingShell.allCases)
    func `FAULT 48: an inserted id is the exact id, and nothing is executed`(
      shell: TypingShell
    ) async throws {
      let ids = Self.hostile.enumerated().map { index, text in "k\(index + 10)\(text)" }
      for id in ids {
        try await queue.succeed("enqueue", "--id", id, "--queue", "q\(id)", "true")
      }
      // Where only the id is accepted, files with similar names don't matter.
      for id in ["k10", "k18"] { try queue.write("", to: id) }
      try FileManager.default.createDirectory(
        atPath: queue.file("k21{a,b}"), withIntermediateDirectories: false)
      let files = try FileManager.default.contentsOfDirectory(atPath: queue.path).sorted()

      // Each option and argument for a job or queue, unquoted and in each kind of quotes.
      let forms = [
        "cancel \(Self.mark)", "show '\(Self.mark)", "explain \"\(Self.mark)",
        "queue pause q\(Self.mark)", "enqueue --after \(Self.mark)",
      ].map { "queuectl \($0)" }
      let tries = ids.enumerated().flatMap { index, id in
        [forms[index % 5], forms[(index + 2) % 5]].map { (form: $0, id: id) }
      }
      let kept = try await shell.completions(
        of: tries.map { $0.form.replacingOccurrences(of: Self.mark, with: $0.id.prefix(3)) },
        queue: queue)
      let expected = tries.map { form, id in
        form.filter { !"'\"".contains($0) }.replacingOccurrences(of: Self.mark, with: id)
      }
      #expect(kept.count == expected.count)
      for (kept, expected) in zip(kept, expected) { #expect(kept == expected) }
      try expectOnly(files, of: shell)
    }

    @Test(.needs(program: "zsh"), .needs(program: "fish"), arguments: TypingShell.allCases)
    func `FAULT 48: an id is inserted exactly, whatever it begins with`(
      shell: TypingShell
    ) async throws {
      let ids = Self.hostile.filter { !$0.isEmpty }
      for (index, id) in ids.enumerated() {
        try await queue.succeed("enqueue", "--db", "d\(index).db", "--id", id, "true")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: queue.path).sorted()
      let kept = try await shell.completions(
        of: ids.indices.map { "queuectl show --db d\($0).db " }, queue: queue)
      #expect(kept.count == ids.count)
      for (index, (kept, id)) in zip(kept, ids).enumerated() {
        // fish can't quote a leading ~, so it offers nothing.
        let offered = shell == .fish && id.hasPrefix("~") ? "" : " \(id)"
        #expect(kept == "queuectl show --db d\(index).db\(offered)")
      }
      try expectOnly(files, of: shell)
    }

    @Test(.needs(program: "zsh"), .needs(program: "fish"), arguments: TypingShell.allCases)
    func `FAULT 48: a partly typed id, quoted or not, is completed`(
      shell: TypingShell
    ) async throws {
      for id in ["a:b:c", "$(touch${IFS}PWN)x", "it's"] {
        try await queue.succeed("enqueue", "--id", id, "true")
      }
      let kept = try await shell.completions(
        of: [
          "queuectl show a:b", "queuectl show a:", "queuectl show \\$", "queuectl show '$(tou",
          "queuectl show it\\'", "queuectl show \"it'",
        ], queue: queue)
      let (colons, hostile) = ("queuectl show a:b:c", "queuectl show $(touch${IFS}PWN)x")
      let quote = "queuectl show it's"
      #expect(kept == [colons, colons, hostile, hostile, quote, quote])
    }

    /// Expects no new file, except the shell's own.
    private func expectOnly(_ files: [String], of shell: TypingShell) throws {
      let own: Set = ["_queuectl", shell.startFile, "kept", ".bin", ".local", ".config", ".cache"]
      let made = try FileManager.default.contentsOfDirectory(atPath: queue.path)
        .filter { !files.contains($0) && !own.contains($0) }
        // fish writes to TMPDIR, bash to files whose names begin with a dot.
        .filter { !$0.hasPrefix(".") && !$0.hasPrefix("fish.") }
      #expect(made == [])
    }

    @Test(.needs(program: "fish"))
    func `fish completes commands, flags and settings, and files where one is expected`()
      async throws
    {
      try queue.write("", to: "jobs.jsonl")
      let lines = [
        "enq", "list --sort p", "config set backoff-", "import jo",
        "enqueue --file jo", "service install --us",
      ]
      let tries = lines.map {
        "complete -C 'queuectl \($0)' | string split -f1 \\t | sort | string join ' '"
      }
      let result = try await queue.shell(
        "queuectl completions fish > q.fish && exec fish --no-config -c \"$TRIES\"",
        adding: ["TRIES": "source q.fish\n" + tries.joined(separator: "\n")])
      #expect(
        result.lines == [
          "enqueue", "priority", "backoff-base backoff-jitter backoff-max", "jobs.jsonl",
          "jobs.jsonl", "--user",
        ], "\(result)")
    }

    @Test(
      .needs(program: "zsh"), .needs(program: "fish"),
      arguments: ["zsh", "fish", "bash"])
    func `each shell can parse its script`(shell: String) async throws {
      let result = try await queue.shell(
        "queuectl completions \(shell) > script && \(shell) -n script")
      #expect(result.status == 0 && result.errors == "", "\(result)")
    }

    @Test(arguments: [("zsh", "#compdef queuectl"), ("fish", "complete -c 'queuectl'")])
    func `zsh and fish get their own scripts`(shell: String, mark: String) async throws {
      let script = try await queue.succeed("completions", shell)
      #expect(script.contains(mark) && script.contains("---completion"), "\(script.prefix(500))")
    }

    @Test func `an unknown shell is refused with the supported ones`() async throws {
      let result = try await queue.run("completions", "tcsh")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("Completions exist for zsh, bash, fish, not for \"tcsh\""))
    }
  }
}
