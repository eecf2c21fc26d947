import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// Each system call of a command fails once.
  ///
  /// A few of them in every test run; `QUEUECTL_TORTURE_CALLS` sets the number.
  @Suite(.needsSqlite)
  struct FailingCalls {
    let queue = TestQueue.current

    enum Course: String, CaseIterable {
      case enqueue, creation, run, backup, migration

      var isOnKeptJobs: Bool { self != .creation && self != .migration }

      var arguments: [String] {
        switch self {
        case .enqueue, .creation, .migration: ["enqueue", "--id", "added", "true"]
        case .run: ["worker", "start", "--drain"]
        case .backup: ["backup", "copy.db"]
        }
      }
    }

    /// The calls that fail, each with its error. Not `fcntl`, because releasing a lock can't fail
    /// and is the same call as taking it.
    private static let reasons = [
      "openat": "EMFILE", "read": "EIO", "pread64": "EIO", "pwrite64": "ENOSPC", "write": "EIO",
      "fdatasync": "EIO", "fsync": "EIO", "newfstatat": "EIO", "fstat": "EIO", "statx": "ENOMEM",
      "stat": "EIO", "lstat": "EIO", "access": "EACCES", "faccessat2": "EACCES", "flock": "ENOLCK",
      "ftruncate": "EIO", "fallocate": "ENOSPC", "link": "EIO", "unlink": "EIO",
      "mkdir": "ENOSPC", "mmap": "ENOMEM", "getdents64": "EIO", "lseek": "EIO", "ioctl": "EIO",
      "utimensat": "EACCES", "clone3": "EAGAIN", "clone": "EAGAIN", "socketpair": "EMFILE",
      "pipe2": "EMFILE", "timer_create": "EAGAIN", "getcwd": "ENOMEM", "readlink": "EIO",
      "getrandom": "EAGAIN", "signalfd4": "EMFILE", "inotify_init1": "EMFILE", "eventfd2": "EMFILE",
      "pidfd_open": "EMFILE", "memfd_create": "EMFILE", "wait4": "EINTR", "execve": "ENOMEM",
    ]

    @Test(.needs(program: "strace"), arguments: Course.allCases)
    func `FAULT 71: a failed call damages nothing, loses nothing and leaves no draft`(
      course: Course
    ) async throws {
      try await prepare(course)
      try await begin(course)
      let whole = try await queue.run(
        program: "/usr/bin/strace",
        ["strace", "-f", "-qq", "-o", queue.file("trace"), Binary.path] + course.arguments,
        adding: ["QUEUECTL_DB": queue.file("work/queue.db")], in: queue.file("work"))
      try #require(whole.status == 0, "\(whole)")
      // A short run always has the same few calls; a long one draws many others.
      let most = Torture.number("CALLS")
      var generator = SeededGenerator(seed: most == nil ? 71 : UInt64.random(in: 0 ... .max))
      let all = try moments()
      // Found once: a draft stayed, because a failed look-up was read as "missing".
      let found = course == .creation ? all.filter { $0.call == "access" } : []
      let moments = all.shuffled(using: &generator).prefix(most ?? 6) + found
      try #require(!moments.isEmpty)
      for (call, number) in moments {
        try await begin(course)
        let reason = Self.reasons[call] ?? "EIO"
        // Failed workers are replaced, and the same call fails in the new ones.
        let result = try await queue.shell(
          """
          cd work && timeout -k 5 10 strace -f -qq -o ../trace -e trace=\(call) \
            -e inject=\(call):error=\(reason):when=\(number) queuectl \
            \(course.arguments.joined(separator: " "))
          """, adding: ["QUEUECTL_DB": queue.file("work/queue.db")])
        try await expectWhole(course, result, "\(course): \(reason) by \(call) \(number)")
      }
      Torture.report("71 each call fails once", rounds: moments.count, of: "calls, \(course)")
    }

    /// Counts the calls of a process by kind; the same call fails in each process of a scenario.
    /// Calls of the dynamic loader don't count: without memory it ends the process, even by
    /// SIGSEGV. It unmaps its cache when it is done.
    private func moments() throws -> [(call: String, number: Int)] {
      var counts: [Substring: [String: Int]] = [:]
      var ofLoader: [String: Int] = [:]
      var hasLoaded: Set<Substring> = []
      for line in try queue.lines(of: "trace") {
        let words = line.split(separator: " ")
        guard words.count > 1, let call = words[1].split(separator: "(").first else { continue }
        counts[words[0], default: [:]][String(call), default: 0] += 1
        guard call == "munmap", hasLoaded.insert(words[0]).inserted else { continue }
        ofLoader.merge(counts[words[0]] ?? [:], uniquingKeysWith: max)
      }
      return Self.reasons.keys.sorted().flatMap { call in
        let most = counts.values.compactMap { $0[call] }.max() ?? 0
        let first = ofLoader[call] ?? 0
        return (first..<max(first, min(first + 40, most))).map { (call, $0 + 1) }
      }
    }

    /// Two acknowledged jobs, for scenarios that start with a queue.
    private func prepare(_ course: Course) async throws {
      try FileManager.default.createDirectory(
        atPath: queue.file("kept"), withIntermediateDirectories: true)
      guard course.isOnKeptJobs else { return }
      for id in ["first", "second"] {
        let enqueue = "queuectl enqueue --db kept/queue.db --id \(id) 'echo \(id) >>ran'"
        try await queue.shell(enqueue).expectSuccess()
      }
    }

    /// Recreates the directory in which a command is run.
    private func begin(_ course: Course) async throws {
      let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../QueueStoreTests/Fixtures/schema-7.sql").standardized
      let script =
        course == .migration
        ? #"rm -rf work && mkdir work && sqlite3 work/queue.db <"$FIXTURE""#
        : "rm -rf work && cp -r kept work"
      try await queue.shell(script, adding: ["FIXTURE": fixture.path]).expectSuccess()
    }

    private func expectWhole(
      _ course: Course, _ result: Finished, _ place: String
    ) async throws {
      if course != .run {
        #expect((0...127).contains(result.status), "\(place): \(result)")
        if result.status != 0 {
          #expect(result.errors.contains("queuectl: "), "\(place): \(result)")
        }
      }
      let database = queue.file("work/queue.db")
      let list = try await queue.run("list", "--limit", "0", "--json", "--db", database)
      let acknowledged =
        (course.isOnKeptJobs ? ["first", "second"] : [])
        + (course.arguments[0] == "enqueue" && result.status == 0 ? ["added"] : [])
      for id in acknowledged {
        #expect(list.output.contains("\"\(id)\""), "\(place): \(result) \(list)")
      }
      // A draft that couldn't be unlinked is removed by the next command that opens the queue.
      if course == .backup, result.status == 0 {
        try await queue.succeed("list", "--db", queue.file("work/copy.db"))
      }
      let drafts = try FileManager.default.contentsOfDirectory(atPath: queue.file("work"))
        .filter { $0.contains(".new-") }
      #expect(drafts == [], "\(place): \(result)")
      if course == .run {
        try await queue.succeed("worker", "start", "--drain", "--db", database)
        let status = try await queue.succeed("status", "--json", "--db", database)
        #expect(status.contains(#""completed":2"#), "\(place): \(result) \(status)")
      }
      var databases = acknowledged.isEmpty ? [] : [database]
      if course == .backup, result.status == 0 { databases.append(queue.file("work/copy.db")) }
      for path in databases {
        let doctor = try await queue.run("doctor", "--thorough", "--db", path)
        #expect(doctor.output.contains("\(path) is sound"), "\(place): \(doctor)")
      }
    }
  }
}
