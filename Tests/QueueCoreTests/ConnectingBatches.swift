import QueueTestSupport
import Testing

@testable import QueueCore

/// Jobs of one batch with prerequisites among each other, in any order.
@Suite struct `Connecting batches` {
  /// Decides a batch of jobs with their prerequisites. The jobs `done` and `died` already exist.
  private func resolve(_ jobs: KeyValuePairs<String, [String]>) throws
    -> BatchPrerequisites.Resolution
  {
    var known: [String: (Int64, JobState)] = ["done": (1, .completed), "died": (2, .dead)]
    var batch = BatchPrerequisites()
    for (index, (id, needs)) in jobs.enumerated() {
      let sequence = Int64(index + 10)
      known[id] = (sequence, .pending)
      let job = try NewJob(
        command: "true",
        prerequisites: needs.map { text in
          text.hasPrefix("any ")
            ? Prerequisite(reference: String(text.dropFirst(4)), accepts: .anyEnd)
            : Prerequisite(reference: text, accepts: .success)
        })
      batch.add(job, as: try JobID(id), sequence: sequence)
    }
    return try batch.resolve { reference throws(StoreError) in
      guard let found = known[reference] else {
        throw StoreError(.notFound, "no job is called \"\(reference)\"")
      }
      return found
    }
  }

  private func unmet(_ jobs: KeyValuePairs<String, [String]>) throws -> [[Int64]] {
    let resolution = try resolve(jobs)
    #expect(resolution.refused.isEmpty)
    return resolution.waiting.map { $0.unmet.map(\.needs) }
  }

  private func refused(_ jobs: KeyValuePairs<String, [String]>) throws -> [String] {
    try resolve(jobs).refused.map { "\($0.job) \($0.reason)" }
  }

  @Test func `jobs may name later ones`() throws {
    #expect(try unmet(["a": ["b"], "b": [], "c": ["a", "b"]]) == [[11], [10, 11]])
  }

  @Test func `a prerequisite that is met already is dropped`() throws {
    #expect(try unmet(["a": ["done"], "b": ["any died"], "c": ["died"]]) == [[], [], [2]])
  }

  @Test func `of two conditions on one job the stricter one counts`() throws {
    let waiting = try resolve(["a": ["any b", "b"], "b": []]).waiting
    #expect(waiting.map(\.unmet) == [[.init(needs: 11, accepts: .success)]])
  }

  @Test func `an unknown prerequisite is refused, and so are its dependants`() throws {
    #expect(
      try refused(["a": ["nobody"], "b": ["a"], "c": ["b"], "d": []]) == [
        "a has a missing prerequisite: no job is called \"nobody\"",
        "b waits for a job that was refused", "c waits for a job that was refused",
      ])
  }

  @Test func `a cycle is refused whole`() throws {
    let reason = "can never run: its prerequisites form a cycle"
    #expect(try refused(["a": ["a"]]) == ["a \(reason)"])
    #expect(try refused(["a": ["b"], "b": ["c"], "c": ["a"]]).count == 3)
    #expect(
      try refused(["in": [], "a": ["b", "in"], "b": ["any a"], "out": ["b"]]) == [
        "a \(reason)", "b \(reason)", "out \(reason)",
      ])
  }

  @Test func `a long chain needs no deep stack`() throws {
    var batch = BatchPrerequisites()
    for number in 1...100_000 {
      let next = Prerequisite(reference: "\(number + 1)", accepts: .success)
      batch.add(
        try NewJob(command: "true", prerequisites: number == 100_000 ? [] : [next]),
        as: try JobID("j\(number)"), sequence: Int64(number))
    }
    let resolution = try batch.resolve { reference throws(StoreError) in
      (Int64(reference) ?? 0, .pending)
    }
    #expect(resolution.refused.isEmpty)
    #expect(resolution.waiting.count == 99_999)
  }
}
