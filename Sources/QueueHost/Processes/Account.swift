import Glibc

/// A user of this machine who has a name.
package struct Account {
  package let name: String
  package let id: UInt32

  package init?(name: String) {
    guard let entry = getpwnam(name)?.pointee else { return nil }
    self.name = name
    id = entry.pw_uid
  }

  package init?(id: UInt32) {
    guard let entry = getpwuid(id)?.pointee else { return nil }
    name = String(cString: entry.pw_name)
    self.id = id
  }

  package static var current: Account? { Account(id: geteuid()) }

  /// Returns the user's name, or `uid 1234` for one without.
  package static func name(of id: UInt32) -> String { Account(id: id)?.name ?? "uid \(id)" }

  /// Exists while lingering is enabled. Source: loginctl(1)
  package var lingerFile: String { "/var/lib/systemd/linger/\(name)" }
}
