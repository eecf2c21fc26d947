import Glibc

/// Paths without symbolic links, `.` and `..`.
package enum RealPath {
  /// Returns nil when nothing exists at that path, or it can't be reached: `errno` has the reason.
  /// - Throws: ``Failure`` where a symbolic link leads to a path that isn't UTF-8, and for errors
  ///   such as EIO, which leave open whether the path exists.
  package static func of(_ path: String) throws(Failure) -> String? {
    guard let real = realpath(path, nil) else {
      switch errno {
      case ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG: return nil
      default: throw Failure.system("look up \(path)")
      }
    }
    defer { free(real) }
    guard let text = String(validatingCString: real) else {
      throw Failure("\(path) leads to a path that isn't valid UTF-8: \(String(cString: real))")
    }
    return text
  }
}

/// The directory that the process was started in.
package enum WorkingDirectory {
  /// - Throws: ``Failure`` when it was removed meanwhile.
  package static func current() throws(Failure) -> String {
    guard let path = getcwd(nil, 0) else {
      throw Failure(
        "the current directory can't be told (\(String(cString: strerror(errno)))): change to "
          + "another, or pass --cwd where a job is enqueued")
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
