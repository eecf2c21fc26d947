import QueueCore
import QueueSession

/// A source of new jobs, read one by one so that memory use doesn't grow with their number.
final class JobSource {
  private let next: () throws -> PlacedJob?

  /// Reads JSON text: objects or one array.
  init(json: String, defaults: JobDefaults) throws {
    next = try Self.elements(of: Array(json.utf8), name: nil, defaults)
  }

  /// Reads a file: JSON objects or one array.
  init(file descriptor: Int32, name: String, defaults: JobDefaults) throws {
    let reader = LineReader(descriptor: descriptor, name: name)
    if try reader.firstByte() == UInt8(ascii: "[") {
      next = try Self.elements(of: try reader.everything(), name: name, defaults)
      return
    }
    var objects = JSONObjects(reader, name: name)
    next = {
      try objects.next().map { piece in
        try Self.job(in: piece.bytes, piece.range, defaults) { .line(piece.line + $0, of: name) }
      }
    }
  }

  /// Makes a job of each piece of a file, each ended by `end`.
  init(
    each form: EachForm, file descriptor: Int32, name: String, endedBy end: UInt8,
    defaults: JobDefaults
  ) {
    let reader = LineReader(descriptor: descriptor, name: name, end: end)
    var count = 0
    var endings = LineEndings()
    next = {
      guard let line = try reader.next(where: { !form.skips($0.bytes) }) else {
        if end != 0 { try endings.check(name) }
        return nil
      }
      count += 1
      endings.note(line.bytes)
      let place: JobPlace =
        end == 0
        ? .item(line.number, String(decoding: line.bytes, as: UTF8.self), of: name)
        : .line(line.number, of: name)
      guard let text = String(validating: line.bytes, as: UTF8.self) else {
        throw BadJob(place: place, problem: "isn't valid UTF-8")
      }
      guard end == 0 || !line.bytes.contains(0) else {
        throw BadJob(place: place, problem: "has a NUL; for items that end with one, pass -0")
      }
      return try Self.job(each: form, text, number: count, at: place, defaults)
    }
  }

  init(each form: EachForm, of words: [String], defaults: JobDefaults) {
    var rest = words.enumerated().makeIterator()
    next = {
      try rest.next().map { index, word in
        try Self.job(
          each: form, word, number: index + 1, at: .word(index + 1, word), defaults)
      }
    }
  }

  /// Returns the next job; nil after the last.
  /// - Throws: ``BadJob`` for an invalid job; later jobs can still be read.
  func nextJob() throws -> PlacedJob? { try next() }

  // MARK: - Details

  private static func job(
    each form: EachForm, _ piece: String, number: Int, at place: JobPlace, _ defaults: JobDefaults
  ) throws -> PlacedJob {
    do throws(InvalidJob) {
      return PlacedJob(job: try form.job(for: piece, number: number, defaults), place: place)
    } catch {
      throw BadJob(place: place, problem: error.asTyped)
    }
  }

  /// - Parameter place: the place of a job that starts this many lines after `bytes`.
  private static func job(
    in bytes: [UInt8], _ range: Range<Int>, _ defaults: JobDefaults, at place: (Int) -> JobPlace?
  ) throws -> PlacedJob {
    do {
      var reader = JSONReader(bytes, in: range)
      let job = try NewJob(from: &reader, defaults: defaults)
      try reader.expectEnd()
      try job.checkSize()
      return PlacedJob(job: job, place: place(0))
    } catch var error as JSONError {
      guard let place = place(error.line - 1) else {
        throw BadJob(place: nil, problem: "invalid JSON: \(error)")
      }
      guard bytes[range.lowerBound] == UInt8(ascii: "{") else {
        throw BadJob(place: place, problem: notJSON)
      }
      error.line = 1
      throw BadJob(place: place, problem: "\(error)")
    } catch let error as InvalidJob {
      throw BadJob(place: place(0), problem: "\(error)")
    }
  }

  private static let notJSON =
    "isn't JSON Lines such as {\"command\":\"echo hello\"}; for jobs from lines of text, pass "
    + "--each or --lines"

  /// Splits an array, or consecutive objects.
  private static func elements(
    of bytes: [UInt8], name: String?, _ defaults: JobDefaults
  ) throws -> () throws -> PlacedJob? {
    var ranges: [Range<Int>] = []
    var isArray = false
    do {
      var reader = JSONReader(bytes)
      isArray = try reader.peek() == .array
      if isArray {
        try reader.readArray { reader throws in ranges.append(try reader.skipValue()) }
        try reader.expectEnd()
      } else {
        repeat { ranges.append(try reader.skipValue()) } while !reader.isAtEnd()
      }
    } catch let error as JSONError {
      throw Failure((name.map { "\($0): " } ?? "") + "invalid JSON: \(error)", status: .usage)
    }
    let isNumbered = isArray || ranges.count > 1
    var rest = ranges.enumerated().makeIterator()
    return {
      try rest.next().map { index, range in
        try job(in: bytes, range, defaults) { _ in
          isNumbered ? .element(index + 1, of: name) : nil
        }
      }
    }
  }
}

struct PlacedJob: Sendable {
  let job: NewJob
  /// Nil for a single job.
  let place: JobPlace?
}

/// A job's place in the input, worded for messages only: `jobs.jsonl, line 3`.
enum JobPlace: Sendable, CustomStringConvertible {
  case line(Int, of: String)
  /// A piece of input that isn't a line.
  case item(Int, String, of: String)
  /// The number of a JSON value, in an array or among consecutive objects.
  case element(Int, of: String?)
  /// The number of a word after `:::`.
  case word(Int, String)

  var description: String {
    switch self {
    case .line(let number, let name): "\(name), line \(number)"
    case .item(let number, let text, let name): "\(name), item \(number), \(quoted: text)"
    case .element(let number, let name): (name.map { "\($0), " } ?? "") + "job \(number)"
    case .word(let number, let word): "word \(number), \(quoted: word)"
    }
  }
}

struct BadJob: Error {
  let place: JobPlace?
  let problem: String
}
