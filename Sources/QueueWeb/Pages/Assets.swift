/// A file of the pages. Its name has a hash of its content, so browsers may cache it.
package struct Asset: Sendable {
  package let name: String
  package let type: Response.ContentType
  package let bytes: [UInt8]

  fileprivate init(_ stem: String, _ ending: String, _ type: Response.ContentType, _ bytes: [UInt8])
  {
    // FNV-1a: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    name = "\(stem).\(String(hash, radix: 36)).\(ending)"
    self.type = type
    self.bytes = bytes
  }
}

/// The site's files, embedded in the program.
package enum Assets {
  package static let style = Asset("app", "css", .css, brief(PackageResources.app_css))
  package static let script = Asset("app", "js", .script, brief(PackageResources.app_js))
  package static let icon = Asset("icon", "svg", .svg, PackageResources.icon_svg)

  /// Removes indentation, empty lines and comment lines, an eighth of the script. Requires that no
  /// string literal spans lines.
  private static func brief(_ bytes: [UInt8]) -> [UInt8] {
    var brief: [UInt8] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let code = line.drop { $0 == UInt8(ascii: " ") }
      guard !code.isEmpty, !code.starts(with: "//".utf8) else { continue }
      brief += code + [UInt8(ascii: "\n")]
    }
    return brief
  }

  /// Returns the file of that name; nil if there is none.
  package static func named(_ name: String) -> Asset? {
    [style, script, icon].first { $0.name == name }
  }
}
