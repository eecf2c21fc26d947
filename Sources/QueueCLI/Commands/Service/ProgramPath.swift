/// The paths at which a shell looks for a program.
struct ProgramPath {
  /// The program as typed, `argv[0]`.
  let typed: String
  let path: String
  let directory: String

  /// Absolute paths without `.` and `..`, as systemd requires, in search order.
  var candidates: [String] {
    let all =
      typed.contains("/")
      ? [typed.hasPrefix("/") ? typed : "\(directory)/\(typed.trimmingDot)"]
      : path.split(separator: ":").map { "\($0)/\(typed)" }
    return all.filter { candidate in
      candidate.hasPrefix("/")
        && !candidate.split(separator: "/").contains { $0 == "." || $0 == ".." }
    }
  }
}

extension String {
  fileprivate var trimmingDot: Substring { hasPrefix("./") ? dropFirst(2) : self[...] }
}
