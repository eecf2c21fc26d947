import Foundation
import PackagePlugin

/// Writes the commit of the build into a source file, for `queuectl --version`.
@main
struct BuildStamp: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let package = context.package.directoryURL
    let script = package.appending(path: "scripts/commit")
    let output = context.pluginWorkDirectoryURL.appending(path: "BuildCommit.swift")
    return [
      .buildCommand(
        displayName: "Writing down the commit", executable: URL(filePath: "/bin/sh"),
        arguments: [
          "-c", #"printf 'let buildCommit = "%s"\n' "$("$1")" > "$0""#, output.path, script.path,
        ],
        inputFiles: [script] + Self.witnesses(in: package), outputFiles: [output])
    ]
  }

  /// The files that git changes with every commit and checkout. The command depends on them,
  /// because SwiftPM reruns a plugin only when files of the package are added or removed.
  private static func witnesses(in package: URL) -> [URL] {
    var directory = package.appending(path: ".git")
    // In a worktree `.git` is a file that names the directory.
    if let link = try? String(contentsOf: directory, encoding: .utf8), link.hasPrefix("gitdir: ") {
      let path = link.dropFirst("gitdir: ".count).trimmingCharacters(in: .newlines)
      directory = URL(filePath: path, relativeTo: package)
    }
    return ["HEAD", "logs/HEAD"].map { directory.appending(path: $0) }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
  }
}
