/// Where a process is in the tree of cgroups, version 2.
/// Source: <https://docs.kernel.org/admin-guide/cgroup-v2.html>
package enum CgroupPlace {
  /// Returns the path below the root that the process sees; nil without version 2.
  /// - Parameter membership: the text of /proc/PID/cgroup.
  package static func path(_ membership: String) -> String? {
    membership.split(separator: "\n").first { $0.hasPrefix("0::/") }.map { String($0.dropFirst(3)) }
  }

  /// Returns the directory of a cgroup; nil if no mounted file system shows it.
  /// - Parameter mounts: the text of /proc/self/mountinfo.
  package static func directory(of path: String, mounts: String) -> String? {
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let end = fields.firstIndex(of: "-"), end > 4, fields.count > end + 1,
        fields[end + 1] == "cgroup2"
      else { continue }
      let (root, point) = (unescaped(fields[3]), unescaped(fields[4]))
      let base = root == "/" ? "" : root
      guard path == base || path.hasPrefix(base + "/") else { continue }
      let rest = path.dropFirst(base.count)
      return rest.isEmpty || rest == "/" ? point : point + rest
    }
    return nil
  }

  /// Blanks and the like are three octal digits after a backslash.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
