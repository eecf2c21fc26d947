package import QueueCore

/// Ways to name a group outside of the process that found it.
extension ErrorGroup {
  /// A short name, the same wherever it is computed from the same exit and pattern.
  package var name: String { key.name }

  /// The text of a filter that matches its jobs, and possibly jobs with similar errors.
  package var filter: String {
    let words = [FilterWord.exit(key.exit), FilterWord.error(key.pattern.split(separator: "#"))]
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }
}

extension ErrorGroup.Key {
  /// Both parts in words.
  package var title: String { exit.isEmpty ? pattern : "exit \(exit): \(pattern)" }

  /// FNV-1a of both parts: <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
  package var name: String {
    let hash = "\(exit)\n\(pattern)".utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return String(hash, radix: 36)
  }

  /// Whether a dead job belongs to the group.
  package func includes(_ job: Job) -> Bool { ErrorGroup.Key(job) == self }

  /// Conditions that all jobs of the group meet, for a store.
  package var predicates: [JobPredicate] { conditions }
}
