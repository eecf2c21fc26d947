import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost

@Suite struct KeepingZones {
  let directory: TemporaryDirectory
  private let cache: ZoneCache

  init() throws {
    directory = try TemporaryDirectory()
    cache = ZoneCache(ZoneFiles(directory: directory.path))
  }

  /// Replaces the file, as a package manager does.
  private func replace(_ name: String, by zone: String) throws {
    let new = directory.file("new")
    try Data(try ZoneRules.fixtureBytes(zone)).write(to: URL(filePath: new))
    try #require(rename(new, directory.file(name)) == 0)
  }

  @Test func `a zone whose file is replaced is read again`() throws {
    try replace("Here", by: "Europe/Berlin")
    for _ in 1...2 { #expect(try cache.zone("Here") == ZoneRules.fixture("Europe/Berlin")) }
    try replace("Here", by: "Europe/Dublin")
    #expect(try cache.zone("Here") == ZoneRules.fixture("Europe/Dublin"))
  }

  @Test func `a zone whose file is removed is unknown, and never UTC`() throws {
    try replace("Here", by: "Europe/Berlin")
    _ = try cache.zone("Here")
    try FileManager.default.removeItem(atPath: directory.file("Here"))
    #expect(throws: InvalidJob.self) { try cache.zone("Here") }
    #expect(throws: InvalidJob.self) { try cache.zone("../Here") }
    #expect(try cache.zone("UTC") == .utc)
  }

  @Test func `zones beyond the limit of the cache are read again`() throws {
    for number in 1...70 {
      try replace("Here\(number)", by: number % 2 == 0 ? "Asia/Tokyo" : "Europe/Paris")
    }
    for _ in 1...2 {
      for number in 1...70 {
        let expected = try ZoneRules.fixture(number % 2 == 0 ? "Asia/Tokyo" : "Europe/Paris")
        #expect(try cache.zone("Here\(number)") == expected)
      }
    }
  }
}
