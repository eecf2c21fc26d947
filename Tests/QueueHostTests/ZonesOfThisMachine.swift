import Foundation
import QueueCore
import QueueHost
import Testing

/// The machine's own zone files, compared with the output of `zdump`.
@Suite struct ZonesOfThisMachine {
  private static let zdump = "/usr/bin/zdump"
  private static var isInstalled: Bool {
    FileManager.default.isExecutableFile(atPath: zdump)
      && FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Berlin")
  }

  @Test(
    .enabled(if: isInstalled, "zdump and zone files are needed"),
    arguments: [
      "Africa/Cairo", "Africa/Casablanca", "America/Havana", "America/New_York", "America/Nuuk",
      "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Gaza",
      "Asia/Kathmandu", "Asia/Tehran", "Asia/Tokyo", "Australia/Lord_Howe", "Europe/Berlin",
      "Europe/Dublin", "Europe/London", "Europe/Moscow", "Pacific/Apia", "Pacific/Chatham",
    ])
  func `offsets match zdump around each change up to 2100`(name: String) throws {
    let zone = try ZoneFiles(directory: nil).zone(name)
    let lines = try Self.changes(of: name)
    #expect(lines.count > 3, "zdump printed little about \(name)")
    for (moment, offset) in lines {
      let found = zone.offsetSeconds(at: Timestamp(milliseconds: moment * 1000))
      if found != offset { Issue.record("\(name) at \(moment): \(found), not \(offset)") }
    }
  }

  /// Moments in seconds since 1970, and the offsets from UTC in seconds.
  private static func changes(of name: String) throws -> [(Int64, Int)] {
    let process = Process()
    process.executableURL = URL(filePath: zdump)
    process.arguments = ["-v", "-c", "1850,2100", name]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return try text.split(separator: "\n").compactMap { line in
      // Europe/Berlin  Sun Mar 29 00:59:59 2026 UT = … CET isdst=0 gmtoff=3600
      let words = line.split(separator: " ")
      guard words.count > 6,
        let offset = words.last?.split(separator: "=").last.flatMap({ Int($0) }),
        let year = Int(words[5]), (1850...2100).contains(year)
      else { return nil }
      return (try moment(words, year: year), offset)
    }
  }

  private static func moment(_ words: [Substring], year: Int) throws -> Int64 {
    let names = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let month = try #require(names.firstIndex(of: String(words[2]))) + 1
    let day = try #require(Int(words[3]))
    let date = try #require(CivilDate(year: year, month: month, day: day))
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    return date.dayNumber * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }
}
