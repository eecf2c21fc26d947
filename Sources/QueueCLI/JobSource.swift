import Glibc
import QueueCore

/// Where new jobs come from: the words of a command line, or lines of JSON. Gives them one by one, so that a million of them
/// need no more memory than one.
final class JobSource {
  /// Where the job that was given last came from, for messages: `jobs.jsonl, line 3`. Nil for the only one.
  private(set) var place: String?

  private let defaults: JobDefaults
  private var next: () throws -> (place: String?, bytes: [UInt8], range: Range<Int>)?

  /// One JSON text: an object, or an array of them.
  init(json: String, defaults: JobDefaults) throws {
    self.defaults = defaults
    next = try Self.elements(of: Array(json.utf8), name: nil)
  }

  /// A file: JSON Lines, or one array.
  init(file descriptor: Int32, name: String, defaults: JobDefaults) throws {
    self.defaults = defaults
    let reader = LineReader(descriptor: descriptor, name: name)
    if try reader.firstByte() == UInt8(ascii: "[") {
      next = try Self.elements(of: try reader.everything(), name: name)
    } else {
      next = {
        while let line = try reader.next() {
          if line.isBlank { continue }
          return ("\(name), line \(line.number)", line.bytes, 0..<line.bytes.count)
        }
        return nil
      }
    }
  }

  /// The next job; nil after the last.
  /// - Throws: ``BadJob`` for one that isn't right; the ones after it can still be read.
  func nextJob() throws -> NewJob? {
    guard let (place, bytes, range) = try next() else { return nil }
    self.place = place
    do {
      var reader = JSONReader(bytes, in: range)
      let job = try NewJob(from: &reader, defaults: defaults)
      try reader.expectEnd()
      return job
    } catch let error as JSONError {
      throw BadJob(place: place, problem: place == nil ? "invalid JSON: \(error)" : "\(error)")
    } catch let error as InvalidJob {
      throw BadJob(place: place, problem: "\(error)")
    }
  }

  /// Takes an array apart, or takes an object as it is.
  private static func elements(
    of bytes: [UInt8], name: String?
  ) throws -> () throws -> (place: String?, bytes: [UInt8], range: Range<Int>)? {
    var ranges: [Range<Int>] = []
    var isArray = false
    do {
      var reader = JSONReader(bytes)
      isArray = try reader.peek() == .array
      if isArray {
        try reader.readArray { reader throws in ranges.append(try reader.skipValue()) }
        try reader.expectEnd()
      } else {
        ranges = [0..<bytes.count]
      }
    } catch let error as JSONError {
      throw Failure((name.map { "\($0): " } ?? "") + "invalid JSON: \(error)")
    }
    var index = 0
    return {
      guard index < ranges.count else { return nil }
      defer { index += 1 }
      let place = isArray ? (name.map { "\($0), " } ?? "") + "job \(index + 1)" : name
      return (place, bytes, ranges[index])
    }
  }
}

/// One job of many that isn't right.
struct BadJob: Error {
  let place: String?
  let problem: String
}

/// Reads a file line by line.
final class LineReader {
  struct Line {
    let number: Int
    let bytes: [UInt8]

    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
  }

  private static let chunkSize = 1 << 18
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 0
  private var isAtEnd = false

  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// The first byte that isn't white space; nil in an empty file.
  func firstByte() throws -> UInt8? {
    while true {
      if let byte = buffer.first(where: { $0 > 0x20 }) { return byte }
      guard try fill() else { return nil }
    }
  }

  func everything() throws -> [UInt8] {
    while try fill() {}
    return buffer
  }

  func next() throws -> Line? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { position = end + 1 }
        number += 1
        return Line(number: number, bytes: Array(buffer[position..<end]))
      }
      searched = buffer.count - position
      buffer.removeFirst(position)
      position = 0
      if try fill() { continue }
      guard !buffer.isEmpty else { return nil }
      number += 1
      defer { buffer = [] }
      return Line(number: number, bytes: buffer)
    }
  }

  /// - Returns: false at the end.
  private func fill() throws -> Bool {
    guard !isAtEnd else { return false }
    let count = try withUnsafeTemporaryAllocation(byteCount: Self.chunkSize, alignment: 16) {
      chunk in
      let count = read(descriptor, chunk.baseAddress, chunk.count)
      guard count >= 0 else {
        throw Failure("can't read \(name): \(String(cString: strerror(errno)))")
      }
      buffer.append(contentsOf: chunk[..<count])
      return count
    }
    isAtEnd = count == 0
    return !isAtEnd
  }
}

/// An open file to read jobs from.
enum InputFile {
  /// Opens a file.
  static func open(_ path: String) throws(Failure) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure("can't open \(path): \(String(cString: strerror(errno)))")
    }
    return descriptor
  }

  /// Copies a stream into a file that has no name. A slow writer must not hold up the queue: all is read before anything is stored.
  static func spool(_ source: Int32) throws(Failure) -> Int32 {
    var status = stat()
    if fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return source }
    let directory = ProcessEnvironment.current["TMPDIR"] ?? "/tmp"
    var template = Array("\(directory)/queuectl-XXXXXX".utf8CString)
    let copy = mkstemp(&template)
    guard copy >= 0 else {
      throw Failure("can't make a file in \(directory): \(String(cString: strerror(errno)))")
    }
    unlink(template)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(source, &chunk, chunk.count)
      if count == 0 { break }
      guard count > 0, write(copy, chunk, count) == count else {
        throw Failure("can't copy the standard input: \(String(cString: strerror(errno)))")
      }
    }
    lseek(copy, 0, SEEK_SET)
    return copy
  }
}
