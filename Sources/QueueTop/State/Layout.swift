/// How the screen is divided, by its size.
struct Layout: Equatable, Sendable {
  /// What there is room for.
  enum Kind: Equatable, Sendable {
    /// Workers above, jobs below; below them maybe the details of one.
    case full
    /// Either jobs or workers.
    case compact
    /// One line of counts.
    case counts
    /// Nothing that makes sense.
    case tooSmall
  }

  let kind: Kind
  /// Whether a question could be read, and with it what it is about.
  var hasRoomForQuestions: Bool { kind == .full || kind == .compact }
  /// Rows of workers, without title and headings.
  private(set) var workerRows = 0
  /// Rows of jobs, without title and headings.
  private(set) var jobRows = 0
  /// Rows of the details below the jobs, with their title; 0 for none.
  private(set) var detailRows = 0

  /// From here on there is a pane for details unless it was put away.
  static let roomForDetails = Size(width: 110, height: 35)

  /// - Parameters:
  ///   - workers: how many there are.
  ///   - wantsDetails: whether the pane below the jobs is wanted; nil for where there is much room.
  init(_ size: Size, workers: Int, wantsDetails: Bool?) {
    switch (size.width, size.height) {
    case (80..., 18...): kind = .full
    case (40..., 8...): kind = .compact
    case (20..., 3...): kind = .counts
    default: kind = .tooSmall
    }
    switch kind {
    case .full:
      workerRows = min(workers, size.height * 3 / 10)
      // Above: the header, the title and headings of the workers and of the jobs; below: two lines.
      let rest = size.height - 4 - (workers > 0 ? 2 : 1) - workerRows - 2 - 2
      let isRoomy =
        size.width >= Self.roomForDetails.width && size.height >= Self.roomForDetails.height
      if wantsDetails ?? isRoomy, rest >= 9 { detailRows = max(5, rest * 2 / 5) }
      jobRows = rest - detailRows
    case .compact:
      jobRows = size.height - 6
      workerRows = jobRows
    case .counts, .tooSmall: break
    }
  }
}
