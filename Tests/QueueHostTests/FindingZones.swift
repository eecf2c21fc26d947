import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost

@Suite struct FindingZones {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: directory.file("zones/Europe"), withIntermediateDirectories: true)
    try write(try ZoneRules.fixtureBytes("Europe/Berlin"), to: "zones/Europe/Berlin")
  }

  private var zones: ZoneFiles { ZoneFiles(directory: directory.file("zones")) }

  private func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: directory.file(name)))
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: directory.file(name), withDestinationPath: target)
  }

  @Test func `a zone is read from the given directory`() throws {
    #expect(try zones.zone("Europe/Berlin") == ZoneRules.fixture("Europe/Berlin"))
  }

  @Test func `UTC needs neither file nor directory`() throws {
    #expect(try ZoneFiles(directory: "/nowhere").zone("UTC") == .utc)
  }

  @Test func `without TZDIR the usual directories are searched`() throws {
    guard FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Asia/Tokyo") else { return }
    let winter = Timestamp(milliseconds: 1_795_435_200_000)
    #expect(try ZoneFiles(directory: nil).zone("Asia/Tokyo").offsetSeconds(at: winter) == 32_400)
    #expect(try ZoneFiles(directory: "").zone("Asia/Tokyo").offsetSeconds(at: winter) == 32_400)
  }

  @Test func `a link to another zone is followed`() throws {
    try link("zones/Germany", to: "Europe/Berlin")
    try link("linked", to: "zones")
    #expect(try zones.zone("Germany") == ZoneRules.fixture("Europe/Berlin"))
    let linked = ZoneFiles(directory: directory.file("linked"))
    #expect(try linked.zone("Germany") == ZoneRules.fixture("Europe/Berlin"))
  }

  @Test func `an unknown zone is never UTC`() {
    #expect(
      throws: InvalidJob(
        field: "zone",
        problem: "\"Europe/Berlni\" is unknown: no such file in \(directory.file("zones"))")
    ) { try zones.zone("Europe/Berlni") }
    #expect(
      throws: InvalidJob(
        field: "zone",
        problem: "\"Europe/Berlin\" is unknown: this machine has no zone files; install tzdata, or "
          + "set TZDIR")
    ) { try ZoneFiles(directory: "/nowhere").zone("Europe/Berlin") }
  }

  @Test(arguments: [
    "../../etc/passwd", "/etc/passwd", "Europe/../Europe/Berlin", "Europe/Berlin\0", "",
    String(repeating: "a", count: 10_000), "\u{202E}nilreB", "Europe/Berlin/",
  ])
  func `an invalid name reads no file`(name: String) {
    #expect(
      throws: InvalidJob(
        field: "zone",
        problem: "\(quoted: name) isn't the name of a zone, such as \"Europe/Berlin\"")
    ) { try zones.zone(name) }
  }

  @Test func `a directory, a pipe and a huge file are no zones`() throws {
    let pipe = directory.file("zones/Pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    try write([UInt8](repeating: 0, count: 1 << 20 + 1), to: "zones/Huge")
    for name in ["Europe", "Pipe", "Huge"] {
      #expect(
        throws: InvalidJob(
          field: "zone",
          problem: "\"\(name)\" isn't a zone: \(directory.file("zones/\(name)")) isn't a zone file")
      ) { try zones.zone(name) }
    }
  }

  @Test func `a link out of the directory isn't followed`() throws {
    try write(try ZoneRules.fixtureBytes("Asia/Tokyo"), to: "Outside")
    try link("zones/Outside", to: "../Outside")
    try link("zones/Passwords", to: "/etc/passwd")
    for name in ["Outside", "Passwords"] {
      let file = directory.file("zones/\(name)")
      #expect(
        throws: InvalidJob(
          field: "zone",
          problem: "\"\(name)\" isn't a zone: \(file) leads out of \(directory.file("zones"))")
      ) { try zones.zone(name) }
    }
  }

  @Test func `a dangling link is an unknown zone, a circular one unreadable`() throws {
    try link("zones/Gone", to: "Nowhere")
    try link("zones/Circle", to: "Circle")
    #expect {
      try zones.zone("Gone")
    } throws: { error in
      "\(error)".contains("is unknown")
    }
    #expect {
      try zones.zone("Circle")
    } throws: { error in
      "\(error)".contains("is unreadable: can't read")
    }
  }

  @Test(
    arguments: [
      ([], "is cut short"), (Array("hello".utf8), "isn't a zone file"),
      (Array("TZif2".utf8), "is cut short"),
    ] as [([UInt8], String)])
  func `a file in another format is refused with its fault`(bytes: [UInt8], fault: String) throws {
    try write(bytes, to: "zones/Other")
    #expect(
      throws: InvalidJob(field: "zone", problem: "\"Other\" is unusable: its file \(fault)")
    ) { try zones.zone("Other") }
  }

  @Test func `a zone with leap seconds is refused`() throws {
    try write(try ZoneRules.fixtureBytes("right/UTC"), to: "zones/Right")
    #expect {
      try zones.zone("Right")
    } throws: { error in
      "\(error)".contains("its file counts leap seconds")
    }
  }
}
