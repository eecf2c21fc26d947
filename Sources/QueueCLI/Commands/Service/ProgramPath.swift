/// Where a shell finds a program: by its path if that was typed, else in the directories of `PATH`.
struct ProgramPath {
  /// The program's own name, as it was given to it.
  let typed: String
  /// The variable.
  let path: String
  /// Where a relative path begins.
  let directory: String

  /// Absolute paths without `.` and `..`, as units of systemd need them, in the order in which they
  /// are tried.
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
  /// Without the `./` in front that a shell needs.
  fileprivate var trimmingDot: Substring { hasPrefix("./") ? dropFirst(2) : self[...] }
}
