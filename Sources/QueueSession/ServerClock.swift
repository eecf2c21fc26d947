package import QueueCore
import QueueHost
package import QueueStorePostgres

/// The wall clock of a server with this machine's uptime, so that all hosts agree when a job is
/// due.
package struct ServerClock: Clock {
  private let machine = SystemClock()
  private let server: ServerTime

  package init(_ server: ServerTime) { self.server = server }

  package func now() -> Moment { server.applied(to: machine.now()) }
}
