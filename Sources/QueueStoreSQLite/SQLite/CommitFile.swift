import CSQLite
import Glibc

/// A database or WAL file that gets a commit's frames in one write (docs/decisions.md), reports no
/// failed read as corruption, and leaves a ``SyncMark`` after a failed sync of the WAL.
struct CommitFile {
  typealias File = UnsafeMutablePointer<sqlite3_file>

  /// SQLite's methods with ours in their place. SQLite keeps a pointer to them, so they can't move.
  private var methods: sqlite3_io_methods
  private let own: UnsafePointer<sqlite3_io_methods>
  /// The database's path and its length, for its WAL; nil for the database itself.
  private let log: (database: UnsafePointer<CChar>, length: Int)?
  private var isCommitting = false
  private var next = Part.header
  /// Gathered frames: `count` bytes that belong at the file offset `start`.
  private var gathered: UnsafeMutableRawPointer?
  private var count = 0
  private var start: sqlite3_int64 = 0

  /// The next expected write. A frame header has the database size at byte 4 for a commit's last
  /// page, else 0. Source: <https://sqlite.org/fileformat2.html#the_write_ahead_log>
  private enum Part {
    case header, page, lastPage
  }

  private static let headerSize = 24
  /// In bytes: more than any commit except bulk loads.
  private static let capacity = 64 << 10

  // MARK: - Its place in SQLite's structure for a file

  /// The offset of this value in SQLite's file structure, after SQLite's own fields.
  private static let offset = {
    let alignment = MemoryLayout<CommitFile>.alignment
    let own = Int(sqlite3_vfs_find(nil)?.pointee.szOsFile ?? 0)
    return (own + alignment - 1) / alignment * alignment
  }()

  static let structureSize = Int32(offset + MemoryLayout<CommitFile>.stride)

  private static func of(_ file: File) -> UnsafeMutablePointer<CommitFile> {
    (UnsafeMutableRawPointer(file) + offset).assumingMemoryBound(to: CommitFile.self)
  }

  /// Installs our methods on an opened file, whose structure has ``structureSize`` bytes.
  /// - Parameter path: the name of a WAL, which SQLite keeps while the file is open; else nil.
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
      // SQLite's code for EIO and the like, which it turns into "the database is malformed".
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

  /// Runs a COMMIT without a sync and gathers its frames if the file is ours. Frames that SQLite
  /// spills before COMMIT may be rolled back, so they are never gathered.
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

  /// Drops the frames of a failed commit.
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

  /// Whether a write is the WAL's next part. It isn't for the header of a restarted WAL, or for a
  /// page spilled before the commit and rewritten in place.
  private func isNext(_ size: Int, at offset: sqlite3_int64) -> Bool {
    (next == .header) == (size == Self.headerSize)
      && (count == 0 || offset == start + sqlite3_int64(count))
  }

  /// Writes the gathered frames, then calls SQLite's own method.
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
