package import QueueCore

/// Caches zones, each until its file changes.
package final class ZoneCache {
  private let files: ZoneFiles
  private var known: [String: (state: ZoneFiles.FileState, zone: ZoneRules)] = [:]

  /// More zones than most queues use; a zone has up to 20 KB.
  private static let capacity = 64

  /// - Parameter files: where zones are read.
  package init(_ files: ZoneFiles) { self.files = files }

  /// Returns a zone by its file as it is now.
  /// - Throws: ``InvalidJob``, see ``ZoneFiles/zone(_:)``.
  package func zone(_ name: String) throws(InvalidJob) -> ZoneRules {
    if name == "UTC" { return .utc }
    try ZoneName.check(name)
    // Taken before the read, so that a file replaced meanwhile is read again the next time.
    let state = files.state(of: name)
    if let known = known[name], known.state == state { return known.zone }
    let zone = try files.zone(name)
    if known.count >= Self.capacity { known = [:] }
    known[name] = state.map { ($0, zone) }
    return zone
  }
}
