import Testing

/// Descriptors and signals of a worker's parent, which jobs must not inherit.
extension TestQueue {
  /// A shell command that records its descriptors and signals.
  static let inheritanceProbe =
    "grep -E '^Sig(Ign|Blk):' /proc/self/status > signals; exec ls -l /proc/self/fd > fds"

  /// Runs all jobs with a worker whose parent ignores some signals, as nohup does, and has a
  /// descriptor open.
  func drainWithInheritance() async throws {
    let workers = try startShell(
      "trap '' HUP INT QUIT PIPE USR2; exec 5< /dev/null; exec queuectl worker start --drain")
    #expect(try await workers.exit() == 0)
  }

  /// Expects descriptors 0, 1 and 2 only, and default signals.
  func expectNothingInherited(sourceLocation: SourceLocation = #_sourceLocation) throws {
    // The fourth is the directory that ls reads.
    let descriptors = try lines(of: "fds").filter { $0.contains(" -> ") }
    #expect(
      descriptors.count == 4 && descriptors.last?.hasSuffix("/fd") == true, "\(descriptors)",
      sourceLocation: sourceLocation)
    // glibc's posix_spawn ignores its two internal signals, 32 and 33.
    let own: UInt64 = 0b11 << 31
    let masks = try lines(of: "signals").map { line in
      try #require(UInt64(line.split(separator: "\t").last ?? "", radix: 16), "\(line)")
    }
    #expect(
      masks.count == 2 && masks.allSatisfy { $0 & ~own == 0 }, "\(masks)",
      sourceLocation: sourceLocation)
  }
}
