import Glibc

/// Checks that only the workers' user and root can write to the database or replace it.
/// Any other writer could run commands as the workers' user. Parent directories count, too.
struct QueuePermissions {
  struct Place: Equatable {
    var path: String
    var owner: UInt32
    var mode: UInt32
    var isDirectory = false
    /// Whether the owner is the group's only member, as in a user private group.
    var hasPrivateGroup = false
    /// Why stat() failed; nil if it succeeded.
    var trouble: String?
    /// What to do about the trouble, if known.
    var remedy: String?
  }

  struct Problem: Equatable {
    let detail: String
    let advice: String
  }

  let user: UInt32

  func problem(of places: [Place]) -> Problem? {
    for place in places {
      if let trouble = place.trouble {
        return Problem(
          detail: "\(place.path) can't be checked (\(trouble)): other users may have write access",
          advice: place.remedy ?? "try again as a user with access")
      }
      guard place.owner == user || place.owner == 0 else {
        return Problem(
          detail:
            "\(place.path) belongs to \(Account.name(of: place.owner)): that user can choose your "
            + "workers' commands",
          advice: "run as that user, or move the queue into a directory of your own")
      }
      // With the sticky bit, as on /tmp, users can't replace each other's files.
      if place.isDirectory && place.mode & 0o1000 != 0 { continue }
      let others: UInt32 = place.hasPrivateGroup ? 0o002 : 0o022
      guard place.mode & others == 0 else {
        return Problem(
          detail: "\(place.path) is writable by other users, so they can choose your workers' "
            + "commands",
          advice: "chmod go-w \(place.path)")
      }
    }
    return nil
  }
}

extension QueueDirectory {
  /// Returns how other users could choose the workers' commands, and a remedy; nil if they can't.
  public func openDoor(for user: UInt32) -> (detail: String, advice: String)? {
    QueuePermissions(user: user).problem(of: places()).map { ($0.detail, $0.advice) }
  }

  /// Returns the queue's directory if other users can create files in it, or `trouble` if unknown.
  func sharedPlace() -> (path: String, trouble: String?)? {
    let directory = anchor.lastIndex(of: "/").map { anchor[..<$0] } ?? "."
    let path = directory.isEmpty ? "/" : String(directory)
    guard let place = QueuePermissions.Place(at: path) else { return nil }
    if let trouble = place.trouble { return (path, trouble) }
    return place.mode & 0o022 != 0 ? (path, nil) : nil
  }

  private func places() -> [QueuePermissions.Place] {
    var paths =
      database.map { database in
        ["", "-wal", "-shm", "-journal", "-unsynced"].map { database + $0 }
      } ?? []
    paths += [path, locks, logs, doorbell, endBell, workerLog, noticeLog]
    var rest = anchor[...]
    while let slash = rest.lastIndex(of: "/"), slash > rest.startIndex {
      rest = rest[..<slash]
      paths.append(String(rest))
    }
    return (paths + ["/"]).compactMap(QueuePermissions.Place.init(at:))
  }
}

extension QueuePermissions.Place {
  /// Reads the permissions of a path; nil if it doesn't exist.
  fileprivate init?(at path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno != ENOENT else { return nil }
      let trouble = String(cString: strerror(errno))
      let missing = MissingRights(to: path, F_OK)
      self.init(
        path: path, owner: 0, mode: 0, trouble: missing?.cause ?? trouble, remedy: missing?.advice)
      return
    }
    self.init(
      path: path, owner: status.st_uid, mode: status.st_mode & 0o7777,
      isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    // With an ACL, the group bits are its mask: the upper bound of named users and groups.
    if mode & 0o020 != 0 {
      hasPrivateGroup =
        Self.isPrivate(status.st_gid, of: owner)
        && AccessList(of: path)?.letsWrite(otherThan: owner) == false
    }
  }

  /// Returns whether a group is the user's private group: same name, no other member.
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
