import Foundation
import Testing

extension EndToEnd {
  /// `scripts/release` and `scripts/tarball` refuse; what they make is tried by .ci/tarball.
  @Suite(.needs(program: "git"))
  struct Releasing {
    let queue = TestQueue.current

    private var files: [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: queue.file("files"))) ?? []
    }

    /// Runs the script in a checkout whose program is 1.2.3, after a shell command in it.
    private func release(_ version: String, after change: String) async throws -> Finished {
      try await queue.shell(
        """
        set -e
        git() { command git -c user.name=a -c user.email=a@example.org "$@"; }
        mkdir -p checkout/scripts checkout/Sources/QueueSession
        for name in release lib.sh files.sh; do cp "$SCRIPTS/$name" checkout/scripts; done
        cd checkout
        echo '  package static let number = "1.2.3"' > Sources/QueueSession/Version.swift
        printf '# Changelog\\n\\n## [Unreleased]\\n\\n## [1.2.3] - 2026-11-23\\n\\n- New.\\n' \\
          > CHANGELOG.md
        git init -q && git add -A && git commit -qm one
        \(change)
        ./scripts/release \(version) --binary "$BINARY" --output ../files
        """,
        adding: [
          "SCRIPTS": "\(Checkout.path)/scripts", "BINARY": Binary.path,
          "GIT_CONFIG_GLOBAL": "/dev/null",
        ])
    }

    private static func commit(_ edit: String) -> String {
      "sed -i '\(edit)' CHANGELOG.md && git commit -qam two"
    }

    @Test(arguments: [
      ("1.2.3", "echo '- More.' >> CHANGELOG.md", "that aren't committed:\n M CHANGELOG.md"),
      ("1.2.3", "echo new > new.txt", "that aren't committed:\n?? new.txt"),
      ("1.2.4", "", "the program's version is 1.2.3, not 1.2.4"),
      (
        "1.2.3", commit(#"s/\[Unreleased\]/&\n\n- More./"#), "CHANGELOG.md has unreleased changes"
      ),
      (
        "1.2.3", commit(#"s/\[1.2.3\]/[1.2.2]/"#),
        "the newest version of CHANGELOG.md is 1.2.2, not 1.2.3"
      ),
      ("1.2.3", "", "is another version: queuectl "),
    ])
    func `a release of another state is refused`(
      version: String, change: String, reason: String
    ) async throws {
      let result = try await release(version, after: change)
      #expect(result.status == 1 && result.errors.contains(reason), "\(result)")
      #expect(files.isEmpty)
    }

    @Test(arguments: ["1.2", "v1.2.3", "1.2.3-rc1"])
    func `a version has three numbers`(version: String) async throws {
      let result = try await release(version, after: "")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("such as 1.0.0, not \"\(version)\""), "\(result)")
      #expect(files.isEmpty)
    }

    @Test(.needs(program: "readelf"))
    func `a program that needs other libraries isn't packed`() async throws {
      let result = try await queue.run(
        program: Checkout.script("tarball"),
        ["tarball", "--binary", Binary.path, "--output", queue.file("files")])
      #expect(result.status == 1 && result.errors.contains(" needs lib"), "\(result)")
      #expect(files.isEmpty)
    }
  }
}
