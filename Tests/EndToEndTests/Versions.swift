import Foundation
import Testing

extension EndToEnd {
  /// `--version`, and the source of its commit.
  @Suite struct Versions {
    let queue = TestQueue.current

    @Test func `--version prints the version, the commit and SQLite's version`() async throws {
      let commit = try await queue.run(program: Checkout.script("commit"), ["commit"]).output
        .trimmingCharacters(in: .newlines)
      let build = commit.isEmpty ? "" : " (\(commit))"
      let line = try await queue.succeed("--version")
      let pattern = try Regex(
        #"queuectl \d+\.\d+\.\d+"# + NSRegularExpression.escapedPattern(for: build)
          + #", SQLite 3\.\d+\.\d+\n"#
      )
      #expect(line.wholeMatch(of: pattern) != nil, "\(line), built from \(commit)")
    }

    @Test(.needsSqlite)
    func `worker list tells of workers that run another version`() async throws {
      let line = try await queue.succeed("--version").split(separator: ",")[0]
      let version = String(line.dropFirst("queuectl ".count))
      let workers = try await queue.startWorkers("--count", "2")
      let list = try JSON.objects(try await queue.succeed("worker", "list", "--json"))
      #expect(list.prefix(2).map { $0["version"] as? String } == [version, version])
      #expect(try await !queue.succeed("worker", "list").contains("VERSION"))

      try await queue.sqlite(
        queue.database, "UPDATE workers SET version = '0.0.9' WHERE id = 1")
      for words in [["worker", "list"], ["status"]] {
        let result = try await queue.run(words)
        #expect(result.output.contains("VERSION") && result.output.contains(" 0.0.9"), "\(result)")
        #expect(
          result.errors.contains(
            "w1 runs another version than this program, \(version): \"queuectl worker restart\""),
          "\(result)")
      }
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(.needs(program: "git"))
    func `the commit is known in a clone and in an archive only`() async throws {
      let result = try await queue.shell(
        """
        set -e
        git() { command git -c user.name=a -c user.email=a@example.org "$@"; }
        for place in clone other/copy archive alone; do mkdir -p $place/scripts; done
        cp "$SCRIPT" clone/scripts/commit
        printf 'scripts/commit export-subst\n' > clone/.gitattributes
        git init -q clone && cd clone && git add -A && git commit -qm one
        git archive HEAD | tar -x -C ../archive
        cd .. && git init -q other && cd other && git commit -qm two --allow-empty && cd ..
        cp clone/scripts/commit other/copy/scripts && cp clone/scripts/commit alone/scripts
        echo "$(git -C clone rev-parse --short HEAD)"
        for place in clone archive other/copy alone; do echo "$($place/scripts/commit)"; done
        """, adding: ["SCRIPT": Checkout.script("commit"), "GIT_CONFIG_GLOBAL": "/dev/null"])
      #expect(result.status == 0, "\(result)")
      let lines = result.lines
      let commit = try #require(lines.first)
      #expect(commit.count >= 7, "\(result)")
      #expect(lines.dropFirst() == [commit, commit, "", ""], "\(result)")
    }
  }
}

/// The checkout of the tests.
enum Checkout {
  static let path: String = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  static func script(_ name: String) -> String { "\(path)/scripts/\(name)" }
}
