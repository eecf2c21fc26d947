import Glibc

/// Paths without symbolic links, `.` and `..`.
package enum RealPath {
  /// Returns the real path; nil, with `errno` set, if `path` is missing or can't be reached. Throws
  /// ``Failure`` if the result isn't UTF-8, and for errors such as EIO that leave this open.
  package static func of(_ path: String) throws(Failure) -> String? {
    guard let real = realpath(path, nil) else {
      switch errno {
      case ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG: return nil
      default: throw Failure.system("look up \(path)")
      }
    }
    defer { free(real) }
    guard let text = String(validatingCString: real) else {
      throw Failure("\(path) resolves to a path that isn't valid UTF-8: \(String(cString: real))")
    }
    return text
  }
}

/// The current working directory.
package enum WorkingDirectory {
  /// Returns its path. Throws ``Failure`` if it was removed or its path isn't UTF-8.
  package static func current() throws(Failure) -> String {
    guard let path = getcwd(nil, 0) else {
      throw Failure(
        "can't get the current directory (\(String(cString: strerror(errno)))): change to "
          + "another, or pass --cwd to enqueue")
    }
    defer { free(path) }
    guard let text = String(validatingCString: path) else {
      throw Failure(
        "the current directory's path isn't valid UTF-8 (\(String(cString: path))): change to "
          + "another"
      )
    }
    return text
  }
}
