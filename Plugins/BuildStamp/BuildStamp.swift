import Foundation
import PackagePlugin

/// Writes down the commit that the program is built from, for `queuectl --version`.
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

  /// The files that git changes with every commit and checkout. The command depends on them because
  /// SwiftPM asks a plugin again only when files of the package come or go.
  private static func witnesses(in package: URL) -> [URL] {
    var directory = package.appending(path: ".git")
    // In a worktree it is a file that says where the directory is.
    if let link = try? String(contentsOf: directory, encoding: .utf8), link.hasPrefix("gitdir: ") {
      let path = link.dropFirst("gitdir: ".count).trimmingCharacters(in: .newlines)
      directory = URL(filePath: path, relativeTo: package)
    }
    return ["HEAD", "logs/HEAD"].map { directory.appending(path: $0) }
      .filter { FileManager.default.fileExists(atPath: $0.path) }
  }
}
