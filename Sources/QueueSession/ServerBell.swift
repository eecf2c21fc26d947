import QueueCore
package import QueueHost
package import QueueStorePostgres

/// Wakes processes of this host, and through the server those of others.
package final class ServerBell: Bell, @unchecked Sendable {
  // Unchecked: it rings on the thread that its store belongs to.
  private let store: PostgresJobStore
  private let local: FileBell
  private let site: Site?

  package init(_ store: PostgresJobStore, _ directory: QueueDirectory) {
    self.store = store
    local = FileBell(directory)
    site = directory.site
  }

  package func ring(_ tone: Tone) {
    local.ring(tone)
    store.notifyOthers(than: site, tone)
  }
}
