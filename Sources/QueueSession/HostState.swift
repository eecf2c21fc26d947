import Glibc
import QueueCore

/// Where this host keeps its files of queues on servers.
enum HostState {
  /// Returns `queuectl/ID` in `$XDG_STATE_HOME`, in `/var/lib` for root, or in `~/.local/state`.
  /// - Throws: `cannotOpen` without a place, `foreign` for an id that no queuectl has given.
  static func directory(
    ofQueue id: String, environment: ProcessEnvironment = .current, isRoot: Bool = geteuid() == 0
  ) throws(StoreError) -> String {
    let isOurs = id.utf8.allSatisfy { (0x61...0x66).contains($0) || (0x30...0x39).contains($0) }
    guard isOurs, id.utf8.count == 12 else {
      throw StoreError(
        .foreign, "the queue's id \(quoted: id) is invalid: another program has changed the tables")
    }
    return try base(environment, isRoot: isRoot) + "/queuectl/" + id
  }

  private static func base(
    _ environment: ProcessEnvironment, isRoot: Bool
  ) throws(StoreError) -> String {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state }
    if isRoot { return "/var/lib" }
    guard let home = environment["HOME"], home.hasPrefix("/") else {
      throw StoreError(
        .cannotOpen, "HOME isn't set: name a directory for locks and logs with XDG_STATE_HOME")
    }
    return home + "/.local/state"
  }
}
