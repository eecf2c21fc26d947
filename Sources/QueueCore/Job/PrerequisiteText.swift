/// A job's prerequisites as a JSON array of arrays: id, state, and whether any end is accepted.
package enum PrerequisiteText {
  /// Reads a stored text; nil for none. Throws `corrupt`.
  package static func decode(_ text: String?) throws(StoreError) -> [UnmetPrerequisite] {
    guard let text else { return [] }
    do {
      var result: [UnmetPrerequisite] = []
      var reader = JSONReader(Array(text.utf8))
      try reader.readArray { reader throws in
        var parts: [String] = []
        try reader.readArray { reader throws in
          parts.append(
            try reader.peek() == .string ? reader.readString() : reader.readNumber().text)
        }
        guard parts.count == 3, let state = JobState(rawValue: parts[1]) else { return }
        result.append(
          UnmetPrerequisite(
            job: JobID(trusted: parts[0]), state: state,
            accepts: parts[2] == "1" ? .anyEnd : .success))
      }
      return result
    } catch {
      throw StoreError(.corrupt, "the stored prerequisites of a job are damaged: \(error)")
    }
  }
}
