import FoundationEssentials

/// A new, empty directory of a test's own. It is removed with all that is in it when nobody holds
/// this any more.
package final class TemporaryDirectory: Sendable {
  /// Its absolute path.
  package let path: String

  /// Makes the directory, for nobody else to read.
  /// - Parameter inMemory: whether it may lie on a file system without a disk, where there is one.
  package init(inMemory: Bool = false) throws {
    let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
    let parent =
      inMemory && FileManager.default.isWritableFile(atPath: "/dev/shm")
      ? memory : FileManager.default.temporaryDirectory
    let url = parent.appending(
      path: "queuectl-test-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    path = url.path(percentEncoded: false)
  }

  deinit {
    // Nothing can be done about a directory that stays, and the test has had its say.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of `name` in it.
  package func file(_ name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }
}
