import Glibc
public import QueueCore

/// Checks the free space, this user's and others' rights, and stray files beside a database.
public struct DirectoryCheck {
  private let directory: QueueDirectory
  private let store: any QueueKeeper & QueueReader

  /// - Parameter store: lists the existing runs.
  public init(_ directory: QueueDirectory, store: any QueueKeeper & QueueReader) {
    self.directory = directory
    self.store = store
  }

  /// Returns the findings; changes nothing.
  public func findings() throws(StoreError) -> [Finding] {
    [space(), rights(), privacy(), try logs()] + foreign()
  }

  private static let enough = (share: 0.02, bytes: UInt64(100 << 20))

  private static let enoughInodes: UInt = 1000

  private func space() -> Finding {
    var status = statvfs()
    let place = directory.anchor.lastIndex(of: "/").map { directory.anchor[...$0] } ?? "."
    guard statvfs(String(place), &status) == 0, status.f_blocks > 0 else {
      return Finding(
        .note, "disk", SystemError("get the free space at \(place)").description)
    }
    // File systems that allocate inodes on demand report none.
    if status.f_files > 0, status.f_favail < Self.enoughInodes {
      return Finding(
        .problem, "disk", "only \(status.f_favail) inodes are free: each run's log takes one",
        advice: "remove files: without inodes no job can start")
    }
    let (product, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
      by: UInt64(status.f_frsize))
    let free = overflow ? .max : product
    let share = Double(status.f_bavail) / Double(status.f_blocks)
    let detail = "\(free >> 20) MB are free (\(Int(share * 100)) %)"
    guard free >= Self.enough.bytes, share >= Self.enough.share else {
      return Finding(
        .problem, "disk", "only \(detail)", advice: "free some space")
    }
    return Finding(.ok, "disk", detail)
  }

  private func rights() -> Finding {
    let places = [directory.path, directory.locks, directory.logs]
    guard
      let missing = directory.database.flatMap(MissingRights.ofDatabase)
        ?? places.lazy.compactMap({ MissingRights(to: $0, R_OK | W_OK | X_OK) }).first
    else {
      return Finding(.ok, "rights", "this user can read and write the queue")
    }
    return Finding(.problem, "rights", missing.cause, advice: missing.advice)
  }

  private func privacy() -> Finding {
    if let door = directory.openDoor(for: geteuid()) {
      return Finding(.problem, "access", door.detail, advice: door.advice)
    }
    if let place = directory.sharedPlace() {
      if let trouble = place.trouble {
        return Finding(
          .note, "access", "unknown whether others can create files in \(place.path): \(trouble)")
      }
      return Finding(
        .note, "access", "other users can create files beside the database, in \(place.path)",
        advice: "move the queue into a directory of your own")
    }
    return Finding(.ok, "access", "no other user can write to the queue")
  }

  private func foreign() -> [Finding] {
    let names: [String]
    do throws(SystemError) {
      names = try directory.foreignNames()
    } catch {
      return [Finding(.note, "files", error.description)]
    }
    guard let first = names.first else { return [] }
    return [
      Finding(
        .note, "files", "\(names.count) don't belong to queuectl, such as \(first)",
        advice: "move them elsewhere")
    ]
  }

  private func logs() throws(StoreError) -> Finding {
    var total = 0
    var strays = 0
    let found: [(range: ClosedRange<Int64>, runs: [RunID])]
    do throws(SystemError) {
      found = try directory.logFolders().map { (folder) throws(SystemError) in
        (folder.range, try folder.runs())
      }
    } catch {
      return Finding(.note, "logs", error.description)
    }
    for (range, runs) in found {
      total += runs.count
      let known = try store.knownRuns(range)
      strays += runs.count { !known.contains($0.number) }
    }
    guard strays == 0 else {
      return Finding(
        .note, "logs", "\(strays) of \(total) belong to no run",
        advice: "workers remove them in time")
    }
    return Finding(.ok, "logs", "\(total), each belongs to a run")
  }
}
