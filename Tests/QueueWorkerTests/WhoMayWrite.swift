import Testing

@testable import QueueHost
@testable import QueueWorker

/// Permissions that let other users decide which commands a user's workers run.
@Suite struct WhoMayWrite {
  private typealias Place = QueuePermissions.Place

  private func problem(_ places: Place..., user: UInt32 = 1000) -> QueuePermissions.Problem? {
    QueuePermissions(user: user).problem(of: places)
  }

  private let file = Place(path: "/q/queue.db", owner: 1000, mode: 0o600)
  private let root = Place(path: "/", owner: 0, mode: 0o755, isDirectory: true)

  @Test func `the user's own files below root's directories are safe`() {
    #expect(problem(file, root) == nil)
  }

  @Test(arguments: [(0o666, true), (0o660, true), (0o602, true), (0o644, false), (0o640, false)])
  func `a file that others can write is unsafe, and one that they can read isn't`(
    mode: UInt32, isOpen: Bool
  ) {
    var file = file
    file.mode = mode
    let found = problem(root, file)
    #expect((found != nil) == isOpen)
    if let found {
      #expect(found.detail.hasPrefix("/q/queue.db is writable by other users"))
      #expect(found.advice == "chmod go-w /q/queue.db")
    }
  }

  @Test(arguments: [(1000, 1001, true), (0, 1001, true), (1000, 0, false), (0, 0, false)])
  func `files of another user except root are unsafe, also for root's workers`(
    user: UInt32, owner: UInt32, isOpen: Bool
  ) {
    let directory = Place(path: "/q", owner: owner, mode: 0o755, isDirectory: true)
    #expect((problem(directory, user: user) != nil) == isOpen)
  }

  @Test func `the sticky bit protects a directory, but not a file`() {
    #expect(problem(Place(path: "/tmp", owner: 0, mode: 0o1777, isDirectory: true)) == nil)
    #expect(problem(Place(path: "/q/queue.db", owner: 1000, mode: 0o1666)) != nil)
  }

  @Test func `the owner's private group may write, other groups may not`() {
    var directory = Place(path: "/q", owner: 1000, mode: 0o775, isDirectory: true)
    #expect(problem(directory) != nil)
    directory.hasPrivateGroup = true
    #expect(problem(directory) == nil)
    directory.mode = 0o777
    #expect(problem(directory) != nil)
  }

  @Test func `FAULT 72: a place that can't be checked doesn't count as safe`() {
    var directory = Place(path: "/q", owner: 0, mode: 0, isDirectory: true)
    directory.trouble = "Input/output error"
    #expect(problem(directory)?.detail.contains("Input/output error") == true)
    directory.remedy = "chmod u+rwx /"
    #expect(problem(directory)?.advice == "chmod u+rwx /")
  }

  /// In the kernel's format: a version, then tag, permissions and id of each entry.
  private func list(_ entries: (tag: UInt8, permissions: UInt8, id: UInt8)...) -> AccessList? {
    AccessList(
      [2, 0, 0, 0] + entries.flatMap { [$0.tag, 0, $0.permissions, 0, $0.id, 0, 0, 0] })
  }

  @Test func `FAULT 73: rights by an access control list count as others' rights`() {
    #expect(AccessList([])?.letsWrite(otherThan: 5) == false)
    #expect(list((2, 4, 9))?.letsWrite(otherThan: 5) == false, "who may only read")
    #expect(list((1, 7, 255), (4, 7, 255))?.letsWrite(otherThan: 5) == false, "the file's own")
    #expect(list((2, 6, 5), (2, 7, 0))?.letsWrite(otherThan: 5) == false, "the owner and root")
    #expect(list((2, 6, 9))?.letsWrite(otherThan: 5) == true)
    #expect(list((8, 2, 5))?.letsWrite(otherThan: 5) == true)
    #expect(AccessList([3, 0, 0, 0]) == nil, "a form that isn't known")
  }
}
