/// The topic of the help.
enum HelpTopic: Equatable, Sendable {
  case keys
  /// Words and letters on the screen.
  case words

  var other: HelpTopic { self == .keys ? .words : .keys }
}

/// A row of the help: keys or a word, with a short explanation.
struct HelpRow: Equatable, Sendable {
  /// The keys or the word; empty to continue the row before.
  var keys: String
  var text: String

  /// Returns the rows for some bindings.
  static func all(of bindings: [Binding]) -> [HelpRow] {
    var rows: [HelpRow] = []
    for binding in bindings {
      if binding.help.isEmpty || binding.help.hasPrefix(";"), let last = rows.indices.last {
        rows[last].keys += " " + binding.shown
        rows[last].text += binding.help
      } else {
        for (index, line) in binding.help.split(separator: "\n").enumerated() {
          rows.append(HelpRow(keys: index == 0 ? binding.shown : "", text: String(line)))
        }
      }
    }
    return rows
  }

  /// Explanations of words on the screen.
  static let words: [HelpRow] = [
    ("S", "state: . pending  R running  ~ failed"), ("", "  x dead  + completed  - cancelled"),
    ("> *", "the cursor; a marked job"), ("ATT", "attempt / attempts allowed"),
    ("EXIT", "exit status, or how the run ended:"), ("", "  KILL TERM … signal, TIME timeout,"),
    ("", "  LOST with its worker, CANC, STOP"), ("AGE", "time since the state changed"),
    ("RUNS", "time until a delayed job is due"), ("RUN", "run time of the latest run"),
    ("PRI", "priority; higher ones run first"),
    ("NOTE", "last error, or why the job waits"), ("ending", "cancelled; its processes still run"),
    ("BEAT", "time since the worker's heartbeat"), ("FOR", "how long it has had its job"),
    ("DRAIN", "stops after its job"), ("LOST", "gone; its job is requeued"),
    ("HELD", "can't start its job, and retries"), ("done", "trend by minute, rate by second"),
    ("err", "failed runs, of the last 5 minutes"), ("drain", "time to finish all jobs now due"),
    ("wait", "from ready to running"), ("oldest", "longest wait of a job that may run"),
    ("in out", "jobs enqueued; jobs that ended"), ("backlog", "unfinished jobs, last 40 minutes"),
    ("p50 p95", "median and 95th percentile"), ("FROZEN", "the screen, by p; a job, by z"),
    ("PAUSED", "no job of the queue starts"), ("STALE", "age of what is shown"),
    ("late", "schedules past their next time"), ("NEXT", "time until a schedule enqueues"),
    ("STREAK", "times in a row: ok, FAIL or SKIP"),
    ("SKIPPED", "times passed over: its job still ran"),
  ].map { HelpRow(keys: $0.0, text: $0.1) }
}

/// The help divided into columns and pages.
struct HelpLayout: Equatable, Sendable {
  let entries: [HelpRow]
  let columns: Int
  let width: Int
  /// The rows of a column, and how many of them are visible.
  let columnRows: Int
  let rows: Int

  init(of state: MonitorState, _ topic: HelpTopic = .keys) {
    let bindings = Binding.all(on: state.page)
    entries =
      topic == .words
      ? HelpRow.words
      : HelpRow.all(of: state.setup.isReadOnly ? bindings.filter { !$0.isAction } : bindings)
    let room = max(1, state.size.height - 2)
    let (most, least) = topic == .words ? (112, 112) : (84, 78)
    columns = entries.count > room && state.size.width >= least ? 2 : 1
    columnRows = (entries.count + columns - 1) / columns
    rows = min(room, columnRows)
    width = min(state.size.width, columns == 2 ? most : topic == .words ? 58 : 52)
  }

  /// Returns the nearest valid first row.
  func place(_ row: Int) -> Int { max(0, min(row, columnRows - rows)) }
}
