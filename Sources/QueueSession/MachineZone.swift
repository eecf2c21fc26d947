import Glibc
package import QueueHost

/// The name of the machine's time zone, which schedules keep.
package enum MachineZone {
  /// Returns the zone of `TZ`, or else that which `/etc/localtime` links to.
  /// - Throws: ``Failure`` if neither names a zone that can be read.
  package static func name(
    in zones: ZoneFiles, environment: ProcessEnvironment = .current,
    localTime: String = "/etc/localtime"
  ) throws(Failure) -> String {
    let name = environment["TZ"].map(nameInVariable) ?? nameOfLink(localTime)
    guard let name, (try? zones.zone(name)) != nil else {
      let source = environment["TZ"] == nil ? localTime : "TZ"
      throw Failure(
        "can't tell the name of this machine's time zone from \(source): give it, as in "
          + "--tz Europe/Berlin", status: .usage)
    }
    return name
  }

  /// `:Europe/Berlin`, or a path, as the C library takes it; empty for UTC.
  private static func nameInVariable(_ text: String) -> String? {
    let text = text.hasPrefix(":") ? String(text.dropFirst()) : text
    if text.isEmpty { return "UTC" }
    return text.hasPrefix("/") ? nameInPath(text) : text
  }

  /// UTC if the file is missing, like the C library; nil if it isn't a link.
  private static func nameOfLink(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &target, target.count)
    guard count >= 0 else { return errno == ENOENT ? "UTC" : nil }
    let bytes = target[..<count].map { UInt8(bitPattern: $0) }
    return nameInPath(String(decoding: bytes, as: UTF8.self))
  }

  private static func nameInPath(_ path: String) -> String? {
    let parts = path.split(separator: "/")
    guard let start = parts.lastIndex(of: "zoneinfo") else { return nil }
    return parts[(start + 1)...].joined(separator: "/")
  }
}
