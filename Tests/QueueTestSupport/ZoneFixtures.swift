import FoundationEssentials
package import QueueCore
import Testing

extension ZoneRules {
  /// The zones with files in `Zones`.
  package static let fixtureNames = [
    "Africa/Cairo", "Africa/Casablanca", "America/Havana", "America/New_York", "America/Nuuk",
    "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Gaza",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Sydney", "Etc/GMT+5",
    "Europe/Berlin", "Europe/Dublin", "Europe/Paris", "Pacific/Apia", "Pacific/Auckland",
    "Pacific/Chatham", "Pacific/Kiritimati",
  ]

  /// A zone from its file in `Zones`; `UTC` needs none.
  package static func fixture(_ name: String) throws -> ZoneRules {
    name == "UTC" ? .utc : try ZoneRules(tzif: fixtureBytes(name))
  }

  /// The bytes of a file in `Zones`.
  package static func fixtureBytes(_ name: String) throws -> [UInt8] {
    let path = fixtureDirectory + "/" + name
    return [UInt8](try #require(FileManager.default.contents(atPath: path), "no \(path)"))
  }

  package static let fixtureDirectory = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Zones", directoryHint: .notDirectory).path(percentEncoded: false)
}
