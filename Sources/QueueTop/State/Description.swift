import QueueCore
import QueueOperations

/// One fact about a job.
struct DescriptionEntry: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    case fact, advice, error
    /// Text that may be broken anywhere, so that no blank is lost.
    case verbatim
  }

  /// The label; empty to continue the entry before it.
  var label: String
  var text: String
  var kind = Kind.fact
}

/// All data of a job, divided into rows; nothing is cut.
struct DescriptionLayout: Equatable, Sendable {
  let rows: [DescriptionEntry]
  let height: Int

  static let labelWidth = 13

  init(_ detail: JobDetail, at now: Moment, offsetSeconds: Int, _ size: Size) {
    // The page has a title above and two lines below.
    height = max(1, size.height - 3)
    let width = max(1, size.width - Self.labelWidth - 3)
    let entries = DescriptionEntry.all(of: detail, at: now, offsetSeconds: offsetSeconds)
    rows = entries.flatMap { entry in
      let texts = entry.text.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
        let text = TerminalText.sanitized(String($0))
        return entry.kind == .verbatim
          ? Wrapping.pieces(text, width: width) : Wrapping.lines(text, width: width)
      }
      return texts.enumerated().map { index, text in
        DescriptionEntry(label: index == 0 ? entry.label : "", text: text, kind: entry.kind)
      }
    }
  }

  /// Returns the nearest valid first row of the page.
  func place(_ row: Int) -> Int { max(0, min(row, rows.count - height)) }
}

extension DescriptionEntry {
  /// All data of a job. First comes why it isn't running, with the command that helps.
  static func all(
    of detail: JobDetail, at now: Moment, offsetSeconds: Int
  ) -> [DescriptionEntry] {
    let job = detail.job
    func time(_ label: String, _ time: Timestamp) -> DescriptionEntry {
      let distance =
        time > now.wall
        ? "in \(Format.elapsed(time - now.wall))" : "\(Format.age(now.wall - time)) ago"
      let text = LocalClock.dateAndTime(time, offsetSeconds: offsetSeconds)
      return DescriptionEntry(label: label, text: "\(text) (\(distance))")
    }
    var entries = reasons(detail)
    entries.append(DescriptionEntry(label: "command", text: job.command, kind: .verbatim))
    if let error = job.error {
      entries.append(DescriptionEntry(label: "error", text: error, kind: .error))
    }
    entries += [("progress", job.progress?.text), ("directory", job.directory)].facts
    entries += limits(of: job)
    entries.append(time("created", job.createdAt))
    entries.append(time("updated", job.updatedAt))
    if let runAt = job.runAt { entries.append(time("run at", runAt)) }
    if let run = job.latestRun {
      entries.append(time("started", run.startedAt))
      if let finishedAt = run.finishedAt { entries.append(time("ended", finishedAt)) }
      entries += [("worker", run.worker.description)].facts
    }
    return entries + prerequisites(of: job) + variables(of: job)
  }

  private static func reasons(_ detail: JobDetail) -> [DescriptionEntry] {
    let reasons = detail.explanation?.reasons ?? []
    return reasons.enumerated().flatMap { index, reason in
      let text = DescriptionEntry(
        label: index == 0 ? "explain" : "", text: reason.text(for: detail.job))
      let advice = reason.advice(for: detail.job).map {
        DescriptionEntry(label: "", text: "$ \($0)", kind: .advice)
      }
      return [text] + (advice.map { [$0] } ?? [])
    }
  }

  private static func limits(of job: Job) -> [DescriptionEntry] {
    let limits: [(String, String?)] = [
      ("queue", job.queue), ("priority", "\(job.priority)"),
      ("attempt", job.attemptText.replacing("/", with: " of ")),
      ("timeout", job.timeout?.text ?? "none"), ("unique key", job.uniqueKey),
      ("tags", job.tags.isEmpty ? nil : job.tags.joined(separator: ", ")),
    ]
    let own = job.retryRules.described + job.limits.described
    return limits.facts + own.map { ($0.name, Optional($0.value)) }.facts
  }

  private static func prerequisites(of job: Job) -> [DescriptionEntry] {
    var texts = job.waitsFor.map { other in
      "\(other.job), \(other.state.rawValue): its \(other.accepts == .success ? "success" : "end")"
    }
    if job.morePrerequisites > 0 { texts.append("and \(job.morePrerequisites, of: "more job")") }
    return texts.enumerated().map { (($0 == 0 ? "waits for" : ""), Optional($1)) }.facts
  }

  /// Names only: values may be secrets.
  private static func variables(of job: Job) -> [DescriptionEntry] {
    let origin = job.inheritsEnvironment == true ? "that of enqueue" : "the worker's"
    return
      ([("environment", Optional(origin))]
      + job.environment.enumerated().map {
        ($0 == 0 ? "variables" : "", Optional("\($1.name)=***"))
      }).facts
  }
}

extension Array where Element == (String, String?) {
  /// Drops facts without text.
  fileprivate var facts: [DescriptionEntry] {
    compactMap { label, text in text.map { DescriptionEntry(label: label, text: $0) } }
  }
}
