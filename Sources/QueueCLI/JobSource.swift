import QueueCore

/// Where new jobs come from: the words of a command line, or lines of JSON. Gives them one by one, so that a million of them
/// need no more memory than one.
final class JobSource {
  private let defaults: JobDefaults
  private var next: () throws -> (place: JobPlace?, bytes: [UInt8], range: Range<Int>)?

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
          return (.line(line.number, of: name), line.bytes, 0..<line.bytes.count)
        }
        return nil
      }
    }
  }

  /// The next job and where it came from; nil after the last.
  /// - Throws: ``BadJob`` for one that isn't right; the ones after it can still be read.
  func nextJob() throws -> PlacedJob? {
    guard let (place, bytes, range) = try next() else { return nil }
    do {
      var reader = JSONReader(bytes, in: range)
      let job = try NewJob(from: &reader, defaults: defaults)
      try reader.expectEnd()
      return PlacedJob(job: job, place: place)
    } catch let error as JSONError {
      throw BadJob(place: place, problem: place == nil ? "invalid JSON: \(error)" : "\(error)")
    } catch let error as InvalidJob {
      throw BadJob(place: place, problem: "\(error)")
    }
  }

  /// Takes an array apart, or takes an object as it is.
  private static func elements(
    of bytes: [UInt8], name: String?
  ) throws -> () throws -> (place: JobPlace?, bytes: [UInt8], range: Range<Int>)? {
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
      let place = isArray ? JobPlace.element(index + 1, of: name) : name.map { .whole($0) }
      return (place, bytes, ranges[index])
    }
  }
}

/// A new job, and where it came from.
struct PlacedJob: Sendable {
  let job: NewJob
  /// Nil for the only one.
  let place: JobPlace?
}

/// Where a job was read, as messages name it: `jobs.jsonl, line 3`. Put into words only then.
enum JobPlace: Sendable, CustomStringConvertible {
  case line(Int, of: String)
  /// Of an array, by its number.
  case element(Int, of: String?)
  case whole(String)

  var description: String {
    switch self {
    case .line(let number, let name): "\(name), line \(number)"
    case .element(let number, let name): (name.map { "\($0), " } ?? "") + "job \(number)"
    case .whole(let name): name
    }
  }
}

/// One job of many that isn't right.
struct BadJob: Error {
  let place: JobPlace?
  let problem: String
}
