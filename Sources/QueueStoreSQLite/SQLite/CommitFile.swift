import CSQLite
import Glibc

/// A file of a queue: the database, or its write-ahead log, which gets all of a commit with one
/// call to the system, where SQLite makes two for each page. A page that the system fails to read
/// isn't taken for a damaged one, and a sync of the log that fails is remembered (``SyncMark``).
///
/// It gathers only while SQLite commits without a sync, when all that it writes is part of that
/// commit, as there are no virtual tables and no automatic vacuum: what a transaction too large for
/// the cache writes before that may be taken back, and must never turn up over what somebody else
/// has committed. All of it is in the file before SQLite hears that the last page is written, as
/// others may look for it from then on. With that page, or anything that isn't the log's next part,
/// the gathering ends. Nothing is kept after the commit, whatever came of it.
///
/// Each page comes after a header of 24 bytes, which says how large the database is now if the page
/// is the commit's last one, and 0 otherwise
/// (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).
struct CommitFile {
  typealias File = UnsafeMutablePointer<sqlite3_file>

  /// SQLite's own way to the file, with our detours: what SQLite calls, so it stays where it is.
  private var methods: sqlite3_io_methods
  private let own: UnsafePointer<sqlite3_io_methods>
  /// The database that it is the log of, and the length of its name; nil for the database itself.
  private let log: (database: UnsafePointer<CChar>, length: Int)?
  private var isCommitting = false
  private var next = Part.header
  /// What isn't in the file yet, and where it belongs.
  private var gathered: UnsafeMutableRawPointer?
  private var count = 0
  private var start: sqlite3_int64 = 0

  /// What SQLite writes next, until all of the commit is written.
  private enum Part {
    case header, page, lastPage
  }

  private static let headerSize = 24
  /// In bytes: more than any commit but those of bulk loads has. SQLite's own layer writes less
  /// than 128 KiB at once.
  private static let capacity = 64 << 10

  // MARK: - Its place in SQLite's structure for a file

  /// Where it lies, behind what SQLite keeps there itself.
  private static let offset = {
    let alignment = MemoryLayout<CommitFile>.alignment
    let own = Int(sqlite3_vfs_find(nil)?.pointee.szOsFile ?? 0)
    return (own + alignment - 1) / alignment * alignment
  }()

  /// How large the structure is with it, in bytes.
  static let structureSize = Int32(offset + MemoryLayout<CommitFile>.stride)

  private static func of(_ file: File) -> UnsafeMutablePointer<CommitFile> {
    (UnsafeMutableRawPointer(file) + offset).assumingMemoryBound(to: CommitFile.self)
  }

  /// Comes between SQLite and a file that it has opened, whose structure is as large as ours.
  /// - Parameter path: the file's name if it is a log; SQLite keeps it as long as the file is open.
  static func attach(to file: File, logAt path: UnsafePointer<CChar>?) {
    guard let own = file.pointee.pMethods else { return }
    let place = (UnsafeMutableRawPointer(file) + offset).bindMemory(
      to: CommitFile.self, capacity: 1)
    place.initialize(to: CommitFile(own, logAt: path))
    file.pointee.pMethods = methods(of: file)
  }

  private static func methods(of file: File) -> UnsafePointer<sqlite3_io_methods> {
    UnsafePointer(
      (UnsafeMutableRawPointer(file) + offset).assumingMemoryBound(to: sqlite3_io_methods.self))
  }

  private init(_ own: UnsafePointer<sqlite3_io_methods>, logAt path: UnsafePointer<CChar>?) {
    self.own = own
    log = path.map { ($0, strlen($0) - strlen("-wal")) }
    methods = own.pointee
    methods.xWrite = { file, bytes, count, offset in
      guard let file, let bytes else { return SQLITE_IOERR }
      return CommitFile.of(file).pointee.write(bytes, Int(count), at: offset, file)
    }
    methods.xRead = { file, bytes, count, offset in
      guard let file else { return SQLITE_IOERR }
      let code = CommitFile.of(file).pointee.afterWriting(file) {
        $0.xRead(file, bytes, count, offset)
      }
      // What EIO and its like come as, and what SQLite makes "the database is malformed" of.
      return code == CommitFile.takenForDamage ? CommitFile.unreadable : code
    }
    methods.xSync = { file, flags in
      guard let file else { return SQLITE_IOERR }
      let code = CommitFile.of(file).pointee.afterWriting(file) { $0.xSync(file, flags) }
      if code != SQLITE_OK { CommitFile.of(file).pointee.leaveMark() }
      return code
    }
    methods.xTruncate = { file, size in
      guard let file else { return SQLITE_IOERR }
      return CommitFile.of(file).pointee.afterWriting(file) { $0.xTruncate(file, size) }
    }
    methods.xFileSize = { file, size in
      guard let file else { return SQLITE_IOERR }
      return CommitFile.of(file).pointee.afterWriting(file) { $0.xFileSize(file, size) }
    }
    methods.xClose = { file in
      guard let file else { return SQLITE_IOERR }
      let own = CommitFile.of(file).pointee.own
      free(CommitFile.of(file).pointee.gathered)
      file.pointee.pMethods = own
      return own.pointee.xClose(file)
    }
  }

  /// SQLITE_IOERR_CORRUPTFS.
  private static let takenForDamage = SQLITE_IOERR | 33 << 8
  /// SQLITE_IOERR_READ.
  private static let unreadable = SQLITE_IOERR | 1 << 8

  private func leaveMark() {
    guard let log else { return }
    let name = UnsafeBufferPointer(start: log.database, count: log.length)
    name.withMemoryRebound(to: UInt8.self) { bytes in
      SyncMark(beside: String(decoding: bytes, as: UTF8.self)).leave()
    }
  }

  // MARK: - Committing

  /// Runs a commit, which doesn't sync, and gathers what it writes if the file is one of ours.
  static func gathering<Result, Failure: Error>(
    _ file: File?, _ commit: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let file, file.pointee.pMethods == methods(of: file) else { return try commit() }
    of(file).pointee.begin()
    defer { of(file).pointee.end() }
    return try commit()
  }

  private mutating func begin() {
    if gathered == nil { gathered = malloc(Self.capacity) }
    isCommitting = gathered != nil
    next = .header
  }

  /// What is left is of a commit that failed.
  private mutating func end() {
    isCommitting = false
    count = 0
  }

  private mutating func write(
    _ bytes: UnsafeRawPointer, _ size: Int, at offset: sqlite3_int64, _ file: File
  ) -> Int32 {
    guard isCommitting, let gathered, isNext(size, at: offset) else {
      isCommitting = false
      return afterWriting(file) { $0.xWrite(file, bytes, Int32(size), offset) }
    }
    if count + size > Self.capacity {
      let code = flush(file)
      if code != SQLITE_OK { return code }
    }
    if count == 0 { start = offset }
    (gathered + count).copyMemory(from: bytes, byteCount: size)
    count += size
    switch next {
    case .header:
      let pages = (bytes + 4).loadUnaligned(as: UInt32.self)
      next = pages == 0 ? .page : .lastPage
      return SQLITE_OK
    case .page:
      next = .header
      return SQLITE_OK
    case .lastPage:
      isCommitting = false
      return flush(file)
    }
  }

  /// Whether it is what comes next in the log: not so the header of a log that starts anew, or a
  /// page that was written before the commit and is written anew in its place.
  private func isNext(_ size: Int, at offset: sqlite3_int64) -> Bool {
    (next == .header) == (size == Self.headerSize)
      && (count == 0 || offset == start + sqlite3_int64(count))
  }

  /// Makes a call to the file once what was gathered is in it.
  private mutating func afterWriting(
    _ file: File, _ call: (sqlite3_io_methods) -> Int32
  ) -> Int32 {
    let code = flush(file)
    return code == SQLITE_OK ? call(own.pointee) : code
  }

  private mutating func flush(_ file: File) -> Int32 {
    let size = Int32(count)
    count = 0
    return size == 0 ? SQLITE_OK : own.pointee.xWrite(file, gathered, size, start)
  }
}
