import Foundation
import Testing

extension EndToEnd {
  /// Commands that are killed while they create a file.
  @Suite struct KilledMakers {
    let queue = TestQueue.current

    enum Maker: String, CaseIterable {
      case backup = "backup copies/copy.db"
      case enqueue = "enqueue --db copies/new.db true"
      case `import` = "import --db copies/new.db exported"
    }

    @Test(.needs(program: "strace"), arguments: Maker.allCases, ["INT", "TERM", "HUP", "KILL"])
    func `FAULT 78: the next command removes a draft`(
      maker: Maker, signal: String
    ) async throws {
      for number in 1...30 { try await queue.succeed("enqueue", "--id", "job\(number)", "true") }
      try queue.write(try await queue.succeed("export"), to: "exported")
      let folder = queue.file("copies")
      var deaths = 0
      let calls = [("openat", 30), ("pwrite64", 12), ("fdatasync", 6), ("link", 1), ("unlink", 4)]
      let moments = calls.flatMap { call, most in (1...most).map { (call, $0) } }
      // A long run tries every moment.
      for (call, moment) in moments.shuffled().prefix(Torture.isOn ? moments.count : 6)
        + [("pwrite64", 2), ("link", 1)]
      {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
        let result = try await queue.run(
          program: "/usr/bin/strace",
          [
            "strace", "-f", "-qq", "-o", queue.file("trace"), "-e", "trace=\(call)",
            "-e", "inject=\(call):signal=\(signal):when=\(moment)", Binary.path,
          ] + maker.rawValue.split(separator: " ").map(String.init))
        guard result.status != 0 else { continue }
        deaths += 1
        let place = "\(signal) at \(call) \(moment)"
        if signal != "KILL" { #expect(try drafts() == [], "\(place)") }
        // It may be complete before the kill.
        let next =
          maker == .backup ? ["backup", "copies/next.db"] : ["status", "--db", "copies/new.db"]
        _ = try await queue.run(next)
        #expect(try drafts() == [], "\(place), and one command more")
      }
      #expect(deaths > 1)
    }

    private func drafts() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: queue.file("copies"))
        .filter { $0.contains(".new-") }
    }
  }
}
