import Glibc

struct Account {
  let name: String
  let id: uid_t

  init?(name: String) {
    guard let entry = getpwnam(name)?.pointee else { return nil }
    self.name = name
    id = entry.pw_uid
  }

  init?(id: uid_t) {
    guard let entry = getpwuid(id)?.pointee else { return nil }
    name = String(cString: entry.pw_name)
    self.id = id
  }

  static var current: Account? { Account(id: geteuid()) }

  /// Exists while lingering is enabled. Source: loginctl(1)
  var lingerFile: String { "/var/lib/systemd/linger/\(name)" }
}
