public import QueueHost

/// Tells a queue from another that has taken its place.
public enum QueueIdentity: Hashable, Sendable {
  case file(FileIdentity)
  /// The id of a queue on a server.
  case server(String)
}
