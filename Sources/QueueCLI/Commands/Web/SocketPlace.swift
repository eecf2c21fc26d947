import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession

/// The value of `--unix`.
enum SocketChoice: ExpressibleByArgument, CustomStringConvertible {
  /// The one in the queue's directory.
  case own
  case path(String)

  init?(argument: String) { self = .path(argument) }

  var description: String {
    switch self {
    case .own: "web/sock"
    case .path(let path): path
    }
  }
}

/// A socket to listen at, and the rights to open it.
struct SocketPlace {
  let choice: SocketChoice
  /// Its permission bits.
  let mode: UInt32
  /// Its group; nil for the server's.
  let group: gid_t?

  private static let longestPath = 107

  /// - Throws: `ValidationError` for an option that is malformed, or opens the queue to everybody.
  init(_ choice: SocketChoice, mode: String?, group: String?, isReadOnly: Bool) throws {
    self.choice = choice
    if case .path(let path) = choice {
      guard path.hasPrefix("/"), !path.hasSuffix("/"), path.utf8.count <= Self.longestPath else {
        throw ValidationError(
          "--unix takes an absolute path of at most \(Self.longestPath) bytes, not "
            + "\(quoted: path).")
      }
    } else if let option = mode.map({ "--mode \($0)" }) ?? group.map({ "--group \($0)" }) {
      throw ValidationError(
        "\(option) needs a path after --unix: only you can enter the queue's own directory.")
    }
    self.mode = try mode.map { try Self.mode($0, isReadOnly) } ?? (group == nil ? 0o600 : 0o660)
    self.group = try group.map { try Self.group($0) }
    if let group, self.mode & 0o060 != 0o060 {
      throw ValidationError(
        "--group \(group) needs a --mode that lets the group in, like 0660, not "
          + "0\(String(self.mode, radix: 8)).")
    }
  }

  private static func mode(_ text: String, _ isReadOnly: Bool) throws -> UInt32 {
    let modes = [0o600, 0o660, 0o666] as [UInt32]
    guard text.allSatisfy({ $0.isASCII }), let mode = UInt32(text, radix: 8), modes.contains(mode)
    else {
      throw ValidationError(
        "--mode takes 0600, 0660, or with --readonly 0666, not \(quoted: text).")
    }
    guard mode & 0o006 == 0 || isReadOnly else {
      throw ValidationError(
        "--mode \(text) needs --readonly: every user of this machine could retry, cancel and "
          + "discard jobs.")
    }
    return mode
  }

  private static func group(_ name: String) throws -> gid_t {
    guard let entry = getgrnam(name) else {
      throw ValidationError("--group takes a group of this machine, not \(quoted: name).")
    }
    return entry.pointee.gr_gid
  }

  /// The arguments of the server's program.
  func serverArguments(_ directory: QueueDirectory) -> [String] {
    let path =
      switch choice {
      case .own: WebDirectory(directory).socket
      case .path(let path): path
      }
    return ["--unix", path, String(mode, radix: 8), group.map { "\($0)" } ?? "-"]
  }
}
