import Glibc

/// Whether anybody else may decide what the workers of a queue run.
///
/// Whoever can write to the database, or put another one in its place, has commands run by the user
/// whose workers serve it. So its files and every directory above them have to belong to that user
/// or to root, and be closed to others' writing.
struct QueuePermissions {
  /// A file or directory that the queue depends on.
  struct Place: Equatable {
    var path: String
    var owner: UInt32
    /// The permission bits, with the sticky one.
    var mode: UInt32
    var isDirectory = false
    /// Whether its group has no member but its owner, as each user's own group has on many systems.
    var hasPrivateGroup = false
    /// Why it can't be looked at, which proves nothing; nil if it can.
    var trouble: String?
  }

  /// What is wrong with a place, and what mends it.
  struct Problem: Equatable {
    let detail: String
    let advice: String
  }

  /// The user who runs the workers.
  let user: UInt32

  /// The first thing that lets others in; nil when nothing does.
  func problem(of places: [Place]) -> Problem? {
    for place in places {
      if let trouble = place.trouble {
        return Problem(
          detail: "\(place.path) can't be looked at (\(trouble)), so others may write to it",
          advice: "try again, as a user who may look at it")
      }
      guard place.owner == user || place.owner == 0 else {
        return Problem(
          detail: "\(place.path) belongs to uid \(place.owner), who decides what your workers run",
          advice: "work as that user, or move the queue into a directory of your own")
      }
      // Where the sticky bit is set, as for /tmp, nobody can replace what belongs to another.
      if place.isDirectory && place.mode & 0o1000 != 0 { continue }
      let others: UInt32 = place.hasPrivateGroup ? 0o002 : 0o022
      guard place.mode & others == 0 else {
        return Problem(
          detail: "\(place.path) can be written by others: they decide what your workers run",
          advice: "chmod go-w \(place.path)")
      }
    }
    return nil
  }
}

extension QueueDirectory {
  /// How others may decide what a user's workers run, and what to do about it; nil when they can't.
  public func openDoor(for user: UInt32) -> (detail: String, advice: String)? {
    QueuePermissions(user: user).problem(of: places()).map { ($0.detail, $0.advice) }
  }

  /// The directory of the queue, if other users can make files in it, though not replace the
  /// queue's; or the reason why that is unknown.
  func sharedPlace() -> (path: String, trouble: String?)? {
    let directory = database.lastIndex(of: "/").map { database[..<$0] } ?? "."
    let path = directory.isEmpty ? "/" : String(directory)
    guard let place = QueuePermissions.Place(at: path) else { return nil }
    if let trouble = place.trouble { return (path, trouble) }
    return place.mode & 0o022 != 0 ? (path, nil) : nil
  }

  /// The files of the queue, and the directories from its own up to the root.
  private func places() -> [QueuePermissions.Place] {
    var paths = ["", "-wal", "-shm", "-journal", "-unsynced"].map { database + $0 }
    paths += [path, locks, logs, doorbell, endBell, workerLog, noticeLog]
    var rest = database[...]
    while let slash = rest.lastIndex(of: "/"), slash > rest.startIndex {
      rest = rest[..<slash]
      paths.append(String(rest))
    }
    return (paths + ["/"]).compactMap(QueuePermissions.Place.init(at:))
  }
}

extension QueuePermissions.Place {
  /// What the system says of it; nil when there is nothing.
  fileprivate init?(at path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno != ENOENT else { return nil }
      let trouble = String(cString: strerror(errno))
      self.init(path: path, owner: 0, mode: 0, trouble: trouble)
      return
    }
    self.init(
      path: path, owner: status.st_uid, mode: status.st_mode & 0o7777,
      isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    // Those bits bound what an access control list gives, too.
    if mode & 0o020 != 0 {
      hasPrivateGroup =
        Self.isPrivate(status.st_gid, of: owner)
        && AccessList(of: path)?.letsWrite(otherThan: owner) == false
    }
  }

  /// Whether a group is the user's own: of the same name, and with no other member.
  private static func isPrivate(_ group: gid_t, of user: uid_t) -> Bool {
    guard let account = getpwuid(user)?.pointee, account.pw_gid == group,
      let entry = getgrgid(group)?.pointee
    else { return false }
    let name = String(cString: account.pw_name)
    guard String(cString: entry.gr_name) == name else { return false }
    var member = entry.gr_mem
    while let text = member?.pointee {
      if String(cString: text) != name { return false }
      member = member?.advanced(by: 1)
    }
    return true
  }
}
