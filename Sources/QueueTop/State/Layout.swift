import QueueCore

/// The division of the screen by its size, for state and renderer alike.
struct Layout: Equatable, Sendable {
  /// The kind of screen that fits.
  enum Kind: Equatable, Sendable {
    /// Workers above jobs, and below them optionally the details of one job.
    case full
    /// Either jobs or workers.
    case compact
    /// One line of counts.
    case counts
    /// Too small for anything.
    case tooSmall
  }

  let kind: Kind
  /// The row of the tabs; -1 without tabs.
  private(set) var tabRow = -1
  /// Rows of workers and of jobs, without title and headings; on a compact screen they are the
  /// same.
  private var workers = 0..<0
  private var jobs = 0..<0
  /// Rows of a table that fills the page, below its headings.
  var tableRows: Range<Int> { jobs }
  /// The rows of the details pane with its title; 0 for none.
  private(set) var detailRows = 0
  /// Rows of error groups, below the titles of the page, of the groups and of their columns.
  let groups: Range<Int>

  /// Whether a question and its rows fit.
  var hasRoomForQuestions: Bool { kind == .full || kind == .compact }
  var workerRows: Int { workers.count }
  var jobRows: Int { jobs.count }

  /// From this height on the details pane is shown by default.
  static let roomForDetails = Size(width: 110, height: 35)

  /// - Parameters:
  ///   - workers: their number; nil for a page without a pane of workers.
  ///   - wantsDetails: whether to show the details pane; nil: if there is much room.
  init(_ size: Size, workers count: Int?, wantsDetails: Bool?) {
    switch (size.width, size.height) {
    case (80..., 18...): kind = .full
    case (40..., 8...): kind = .compact
    case (20..., 3...): kind = .counts
    default: kind = .tooSmall
    }
    // The two bottom rows are the status and the keys.
    let end = max(3, size.height - 2)
    groups = 3..<end
    switch kind {
    case .full where count == nil:
      tabRow = 4
      jobs = (tabRow + 2)..<end
    case .full:
      let count = count ?? 0
      // Below the header's four rows the workers have a title, and headings unless there are none.
      let first = 4 + (count > 0 ? 2 : 1)
      workers = first..<(first + min(count, size.height * 3 / 10))
      tabRow = workers.upperBound
      let rest = end - (tabRow + 2)
      let isRoomy =
        size.width >= Self.roomForDetails.width && size.height >= Self.roomForDetails.height
      if wantsDetails ?? isRoomy, rest >= 9 { detailRows = max(5, rest * 2 / 5) }
      jobs = (tabRow + 2)..<(end - detailRows)
    case .compact:
      tabRow = 2
      jobs = 4..<end
      workers = jobs
    case .counts, .tooSmall: break
    }
  }

  func rows(of pane: MonitorState.Pane) -> Range<Int> { pane == .jobs ? jobs : workers }
}

/// One row of facts about a job.
enum Fact: Equatable, Sendable {
  case command, policy, times
  case directory(String), error(String)

  /// Returns the facts that the job has, from top to bottom.
  static func all(of job: Job) -> [Fact] {
    let directory = job.directory.map { [Fact.directory($0)] } ?? []
    return [.command] + directory + [.policy, .times] + (job.error.map { [.error($0)] } ?? [])
  }
}

/// The division of a job's page.
struct DetailLayout: Equatable, Sendable {
  /// The job's definition and times.
  private(set) var factRows = 0
  /// Runs, without title and headings.
  private(set) var runRows = 0
  /// The log, without its title.
  let logRows: Int

  /// - Parameters:
  ///   - facts: the number of their rows.
  ///   - runs: their number.
  init(_ size: Size, facts: Int, runs: Int, isLogOnly: Bool) {
    // The titles of the page and of the log, and two lines at the bottom.
    let rest = size.height - 4
    if !isLogOnly, rest >= 4 {
      factRows = min(facts, max(1, rest / 3))
      if runs > 0, rest >= 9 { runRows = min(runs, max(1, rest / 4)) }
    }
    logRows = max(0, rest - factRows - (runRows > 0 ? runRows + 2 : 0))
  }
}
