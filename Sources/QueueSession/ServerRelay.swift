import QueueCore
import QueueHost
import QueueStorePostgres

/// Passes notifications of a server on to the processes of this host.
final class ServerRelay: HostRelay {
  private let listener: ServerListener
  private let directory: QueueDirectory
  private let note: (String) -> Void
  private var sender: OutputSender

  init(
    _ listener: ServerListener, _ store: PostgresJobStore, _ directory: QueueDirectory,
    note: @escaping (String) -> Void
  ) {
    self.listener = listener
    sender = OutputSender(store, directory)
    self.directory = directory
    self.note = note
  }

  var descriptor: Int32? { listener.descriptor }

  var deadline: Duration { min(listener.deadline, sender.deadline ?? listener.deadline) }

  func attend(at now: Moment) -> Bool {
    var mayHaveOrders = false
    for event in listener.listen(at: now.uptime) {
      switch event {
      case .work: Doorbell.ring(directory.doorbell)
      case .orders: mayHaveOrders = true
      case .output: sender.lookSoon()
      case .restored:
        sender.lookSoon()
        Doorbell.ring(directory.doorbell)
        mayHaveOrders = true
      case .deaf:
        note(
          "no notifications come from the server's address, which may be a pooler: jobs of other "
            + "hosts start within poll-interval; to name a direct address, add listen=ADDRESS")
      }
    }
    sender.work(at: now)
    return mayHaveOrders
  }
}
