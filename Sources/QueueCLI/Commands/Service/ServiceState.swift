import QueueCore

struct ServiceState {
  static let properties = [
    "LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "NRestarts", "FragmentPath",
  ]

  let unit: String
  private let known: [String: String]

  init(unit: String, properties: [String: String]) {
    self.unit = unit
    known = properties
  }

  var isInstalled: Bool { known["LoadState"] == "loaded" }
  var isRunning: Bool { known["ActiveState"] == "active" }
  private var startsAtBoot: Bool { known["UnitFileState"] == "enabled" }
  private var pid: Int? { known["MainPID"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil } }

  var lines: [String] {
    guard isInstalled else { return ["\(unit)  not installed"] }
    return [
      "service   \(unit)", "unit      \(known["FragmentPath"] ?? "-")",
      "state     \(known["ActiveState"] ?? "-") (\(known["SubState"] ?? "-"))",
      "at boot   \(startsAtBoot ? "yes" : "no")",
      "pid       \(pid.map { "\($0)" } ?? "-")", "restarts  \(known["NRestarts"] ?? "-")",
    ]
  }

  func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("service", unit)
      json.field("installed", isInstalled)
      json.field("running", isRunning)
      json.field("state", known["ActiveState"])
      json.field("at_boot", startsAtBoot)
      json.field("pid", pid)
      json.field("restarts", known["NRestarts"].flatMap(Int.init))
      json.field("unit", isInstalled ? known["FragmentPath"] : nil)
    }
  }
}
