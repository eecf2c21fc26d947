package import QueueCore

/// An address within the site. All parts are encoded: text can't become a scheme, host or markup.
package struct Link: Equatable, Sendable {
  /// The encoded path and query, below the base path.
  package let text: String

  /// Whether it is a fragment of the same page.
  let isPlace: Bool

  private init(place: String) {
    text = place
    isPlace = true
  }

  private init(
    path: String, _ query: [(String, String?)] = [], _ fragment: StaticString = ""
  ) {
    let pairs = query.compactMap { name, value in
      value.map { "\(name)=\(PercentCoding.encoded($0))" }
    }
    isPlace = false
    text = path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")) + fragment.description
  }

  package static let overview = Link(path: "/")
  package static let errors = Link(path: "/errors")
  package static let queues = Link(path: "/queues")
  package static let workers = Link(path: "/workers")
  package static let schedules = Link(path: "/schedules")
  package static let ask = Link(path: "/ask")
  package static let login = Link(path: "/login")
  static let logout = Link(path: "/logout")

  /// The list of a state's jobs, or of all.
  package static func jobs(
    _ state: JobState?, filter: String? = nil, sort: String? = nil, isReversed: Bool = false,
    after: String? = nil
  ) -> Link {
    Link(
      path: "/jobs" + (state.map { "/\($0.rawValue)" } ?? ""),
      [
        ("q", filter?.isEmpty == true ? nil : filter), ("sort", sort),
        ("reverse", isReversed ? "1" : nil), ("after", after),
      ])
  }

  /// The page of a job with a run's log.
  /// - Parameters:
  ///   - find: the text to find in the log; nil for none.
  ///   - place: the byte of the log to show; nil for the end.
  package static func job(
    _ id: JobID, run: RunID? = nil, find: String? = nil, at place: Int? = nil
  ) -> Link {
    let query = [
      ("run", run.map { "\($0)" }), ("find", find), ("at", place.map { "\($0)" }),
    ]
    let fragment: StaticString = place == nil ? "" : "#place"
    if isInQuery(id) { return Link(path: "/job", [("id", id.text)] + query, fragment) }
    return Link(path: "/job/\(PercentCoding.encoded(id.text))", query, fragment)
  }

  /// Whether the id must be in the query, because browsers remove it from paths even if encoded.
  static func isInQuery(_ id: JobID) -> Bool { [".", ".."].contains(id.text) }

  /// The target of the log's search form, whose fields become the query.
  static func find(in id: JobID) -> Link {
    let path = isInQuery(id) ? "/job" : "/job/\(PercentCoding.encoded(id.text))"
    return Link(path: path, [], "#found")
  }

  /// The page of a schedule.
  package static func schedule(_ name: String) -> Link {
    Link(path: "/schedule", [("name", name)])
  }

  /// A job's runs before a run.
  package static func runs(of id: JobID, before run: RunID) -> Link {
    Link(path: "/job", [("id", id.text), ("before", "\(run)")])
  }

  /// A run's log as text.
  package static func log(of job: JobID, run: RunID) -> Link {
    Link(path: "/log", [("id", job.text), ("run", "\(run)")])
  }

  /// A plan's question, later its result.
  package static func plan(_ name: String) -> Link {
    Link(path: "/ask/\(PercentCoding.encoded(name))")
  }

  /// A place on the same page.
  static func fragment(_ id: StaticString) -> Link { Link(place: "#\(id)") }

  static func asset(_ name: String) -> Link { Link(path: "/assets/\(name)") }

  /// Returns an address from a form; nil unless it is a path of this site.
  package init?(returning text: String) {
    guard text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.count <= 4096,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
    else { return nil }
    self.init(path: text)
  }
}
