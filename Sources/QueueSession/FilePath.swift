/// Paths that users give.
package enum FilePath {
  /// Refuses an address such as `postgres://host/jobs`: as a path it would name a directory
  /// `postgres:`. Only its scheme is repeated, as a password may follow.
  package static func check(_ path: String) throws(Failure) {
    guard let scheme = scheme(of: path) else { return }
    throw Failure(
      "\(scheme):// begins an address, and a path is needed here; a file of that name is "
        + "./\(scheme)://…", status: .usage)
  }

  /// The letters before `://`.
  /// Source: <https://www.rfc-editor.org/rfc/rfc3986#section-3.1>
  private static func scheme(of path: String) -> Substring? {
    let letters = path.prefix { character in
      character.isASCII && (character.isLetter || character.isNumber || "+-.".contains(character))
    }
    guard letters.first?.isLetter == true, path[letters.endIndex...].hasPrefix("://") else {
      return nil
    }
    return letters
  }
}
