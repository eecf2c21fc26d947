import FoundationEssentials

/// A new, empty directory of a test, removed with its content when the last reference is gone.
package final class TemporaryDirectory: Sendable {
  package let path: String

  /// Creates the directory, readable by its owner only.
  /// - Parameter inMemory: whether to prefer a file system in memory.
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
    // A directory that can't be removed doesn't fail the test.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of `name` in it.
  package func file(_ name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }
}
