/// Paths given by users.
package enum FilePath {
  /// Rejects `-`, which stands for a stream elsewhere, and a URL such as `postgres://host/jobs`,
  /// which as a path names a directory `postgres:`. The error repeats only the scheme, because a
  /// password may follow.
  package static func check(_ path: String) throws(Failure) {
    guard path != "-" else {
      throw Failure("- isn't a file here: name one, or ./- for one of that name", status: .usage)
    }
    guard let scheme = scheme(of: path) else { return }
    throw Failure(
      "\(scheme):// begins a URL, not a path; for a file of that name, write ./\(scheme)://…",
      status: .usage)
  }

  /// Returns the scheme before `://`. Source: <https://www.rfc-editor.org/rfc/rfc3986#section-3.1>
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
