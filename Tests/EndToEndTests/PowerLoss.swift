import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// Power losses: any part of the unsynced data may be lost.
  ///
  /// A few moments in every test run; `QUEUECTL_TORTURE_MOMENTS` sets the number.
  @Suite struct PowerLoss {
    let queue = TestQueue.current

    @Test(.needs(program: "strace"))
    func `FAULT 4: a printed id survives a power loss`() async throws {
      let moments = Torture.number("MOMENTS") ?? 30
      let seed = Torture.number("SEED").map(UInt64.init) ?? .random(in: 1...999_999_999)
      var chance: (any RandomNumberGenerator)? = SeededGenerator(seed: seed)
      let traces = try await trace(rounds: max(1, moments / 40))
      // The number of moments.
      var steps = 0
      let counting = DurableDisk(queue.path)
      for trace in traces { counting.replay(trace.text) { _ in steps += 1 } }
      try #require(steps > 100, "nothing was traced")

      let disk = DurableDisk(queue.path)
      var printed: [String] = []
      var failures: [Failure] = []
      for trace in traces {
        try disk.replay(trace.text) { line in
          let hasPrinted = line != nil
          if hasPrinted { printed += trace.ids }
          // Just after a reply all unsynced data is lost, at other moments any part of it.
          let isChosen = Int.random(in: 0..<steps, using: &chance!) < moments
          guard hasPrinted && !trace.ids.isEmpty || isChosen && !printed.isEmpty else { return }
          let image = queue.file("image-\(failures.count)")
          var none: (any RandomNumberGenerator)?
          if hasPrinted {
            try disk.write(to: image, chance: &none)
          } else {
            try disk.write(to: image, chance: &chance)
          }
          failures.append(Failure(image: image, printed: printed))
        }
      }
      let half = failures.count / 2
      let (first, second) = (failures.prefix(half), failures.dropFirst(half))
      async let whole: Void = expectWhole(first, "seed \(seed)")
      try await expectWhole(second, "seed \(seed)")
      try await whole
      Torture.report("4 power loss", rounds: failures.count, of: "moments, seed \(seed)")
    }

    @Test(.needs(program: "strace"))
    func `FAULT 74: changes acknowledged after a failed sync survive a power loss`()
      async throws
    {
      // Creating the database also syncs, and so do directories; the later syncs are the WAL's.
      for number in 1...12 {
        let disk = DurableDisk(queue.path)
        var printed: [String] = []
        unlink(queue.database + "-unsynced")
        for suffix in ["", "-wal", "-shm"] { unlink(queue.database + suffix) }
        try? FileManager.default.removeItem(atPath: queue.file("data"))
        for step in 1...4 {
          let id = "job\(step)"
          let failing = step == 2 || step == 1 && number > 6
          let fault =
            failing ? ["-e", "inject=fdatasync:error=EIO:when=\((number - 1) % 6 + 1)"] : []
          let result = try await queue.run(
            program: "/usr/bin/strace",
            DurableDisk.tracing(into: queue.file("trace")) + fault
              + [Binary.path, "enqueue", "--id", id, "true"])
          if result.status == 0 { printed.append(id) }
          if step > 2 { #expect(result.status == 0, "\(number): \(result)") }
          let text = String(decoding: try FileContents.read(queue.file("trace")), as: UTF8.self)
          disk.replay(text) { _ in }
        }
        let image = queue.file("image-\(number)")
        var none: (any RandomNumberGenerator)?
        try disk.write(to: image, chance: &none)
        try await expectWhole(image, printed, "sync \(number)")
        #expect(!FileManager.default.fileExists(atPath: queue.database + "-unsynced"))
      }
    }

    @Test(.needs(program: "strace"), .needsSqlite)
    func `FAULT 82: after a power loss no schedule enqueues a time again that was reported`()
      async throws
    {
      let moments = Torture.number("MOMENTS") ?? 12
      for name in ["a", "b", "c"] {
        let added = try await queue.run(
          program: "/usr/bin/strace",
          DurableDisk.tracing(into: queue.file("trace-\(name)")) + [
            Binary.path, "schedule", "add", name, "--every", "1s", "--missed", "all", "--overlap",
            "allow", "true",
          ])
        try #require(added.status == 0, "\(added)")
      }
      let workers = try queue.start(
        program: "/usr/bin/strace",
        DurableDisk.tracing(into: queue.file("trace-worker")) + [
          Binary.path, "worker", "start", "--count", "2",
        ])
      try await workers.line(containing: "enqueued by c for ", times: 2 + moments / 3)
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)

      let disk = DurableDisk(queue.path)
      var printed: Set<String> = []
      var failures: [Failure] = []
      for part in ["a", "b", "c", "worker"] {
        let trace = String(
          decoding: try FileContents.read(queue.file("trace-\(part)")), as: UTF8.self)
        try disk.replay(trace) { line in
          guard let line else { return }
          let told = line.matches(of: #/(\w+) enqueued by/#).map { String($0.1) }
          printed.formUnion(told)
          guard !told.isEmpty, failures.count < moments else { return }
          let image = queue.file("image-\(failures.count)")
          var none: (any RandomNumberGenerator)?
          try disk.write(to: image, chance: &none)
          failures.append(Failure(image: image, printed: printed.sorted()))
        }
      }
      #expect(failures.count == moments, "\(failures.map(\.printed.count))")
      for (number, failure) in failures.enumerated() {
        let again = try await queue.sqlite(
          failure.image + "/data/queue.db",
          """
          SELECT name FROM schedules WHERE next_at <= (
            SELECT max(at) FROM occurrences WHERE schedule = schedules.id AND job IS NOT NULL)
          """)
        #expect(again == [], "would be enqueued again after moment \(number)")
        try await expectWhole(failure.image, failure.printed, "moment \(number)")
      }
      Torture.report("82 power loss of schedules", rounds: failures.count, of: "moments")
    }

    /// The disk after a power loss, and the output before it.
    private struct Failure {
      let image: String
      let printed: [String]
    }

    /// Commands, their file changes and their output.
    private func trace(rounds: Int) async throws -> [(text: String, ids: [String])] {
      var traces: [(text: String, ids: [String])] = []
      // Long enough for some checkpoints and restarts of the WAL.
      let long = ": " + String(repeating: "x", count: 90_000)
      for round in 1...rounds {
        for number in 1...6 {
          traces.append(
            try await traced("enqueue", "--id", "r\(round)-\(number)", "--max-retries", "0", long))
          traces.append(try await traced("enqueue", "--id", "r\(round)-\(number)-short", "true"))
        }
        traces.append(try await traced("worker", "start", "--drain", "--count", "2"))
        traces[traces.count - 1].ids = []
        traces.append(try await traced("enqueue", "--id", "r\(round)-last", "true"))
      }
      return traces
    }

    private func traced(_ arguments: String...) async throws -> (text: String, ids: [String]) {
      let log = queue.file("trace")
      let result = try await queue.run(
        program: "/usr/bin/strace",
        DurableDisk.tracing(into: log) + [Binary.path] + arguments)
      try #require(result.status == 0, "\(result)")
      return (String(decoding: try FileContents.read(log), as: UTF8.self), result.lines)
    }

    private func expectWhole(_ failures: ArraySlice<Failure>, _ place: String) async throws {
      for failure in failures { try await expectWhole(failure.image, failure.printed, place) }
    }

    private func expectWhole(_ image: String, _ printed: [String], _ place: String) async throws {
      let database = image + "/data/queue.db"
      // Skip their long commands, which would take most of the time.
      let list = try await queue.shell(
        #"queuectl list --limit 0 --db "$FILE" >"$FILE.list" && awk '{ print $1 }' "$FILE.list""#,
        adding: ["FILE": database])
      try #require(list.status == 0, "\(place): \(list)")
      let lost = Set(printed).subtracting(list.lines)
      #expect(lost == [], "printed and lost, \(place)")
      let doctor = try await queue.run("doctor", "--thorough", "--db", database)
      #expect(!doctor.output.contains("damage"), "\(place): \(doctor)")
      try FileManager.default.removeItem(atPath: image)
    }
  }
}
