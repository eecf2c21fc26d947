import Glibc

/// Immutable C strings, allocated once for many calls.
package final class CStrings: @unchecked Sendable {
  package static let none = CStrings([])

  private let pointers: [UnsafeMutablePointer<CChar>?]

  /// - Parameter texts: any bytes but NUL.
  package init(_ texts: [[UInt8]]) {
    pointers = texts.map { text in
      text.withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) { bytes in
          bytes.baseAddress.map { strndup($0, bytes.count) } ?? strdup("")
        }
      }
    }
  }

  deinit { pointers.forEach { free($0) } }

  /// Calls `body` with a NULL-terminated list of these strings and `texts`.
  package func withList<Result>(
    followedBy texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    bytes.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 1 })
    var starts: [Int] = []
    for var text in texts {
      starts.append(bytes.count)
      text.withUTF8 { $0.withMemoryRebound(to: CChar.self) { bytes.append(contentsOf: $0) } }
      bytes.append(0)
    }
    return bytes.withUnsafeMutableBufferPointer { bytes in
      var list = pointers
      for start in starts { list.append(bytes.baseAddress?.advanced(by: start)) }
      list.append(nil)
      return list.withUnsafeBufferPointer { list in
        guard let start = list.baseAddress else { preconditionFailure("the list ends with nil") }
        return body(start)
      }
    }
  }
}
