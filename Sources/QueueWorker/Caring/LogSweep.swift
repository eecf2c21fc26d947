import QueueCore
import QueueHost

/// Removes the logs of deleted runs, and the oldest logs above the quota, in small steps.
struct LogSweep {
  static let stepSize = 100

  private enum Phase {
    case resting
    /// Removing the logs of deleted runs, and adding up the size of the others.
    case looking(ArraySlice<LogFolder>, bytes: Int)
    /// Removing the oldest logs until `excess` bytes are freed.
    case cutting(ArraySlice<LogFolder>, excess: Int)
  }

  private let directory: QueueDirectory
  private let store: any QueueKeeper
  private var phase = Phase.resting

  init(_ directory: QueueDirectory, store: any QueueKeeper) {
    self.directory = directory
    self.store = store
  }

  /// Takes a step; returns whether the sweep continues.
  /// - Parameter quota: the most bytes that all logs may take; nil for no limit.
  mutating func step(quota: Int?, inUse: Set<RunID>) throws(StoreError) -> Bool {
    switch phase {
    case .resting: phase = .looking(try folders()[...], bytes: 0)
    case .looking(let folders, let bytes):
      guard let folder = folders.first else {
        let excess = bytes - (quota ?? .max)
        phase = excess > 0 ? .cutting(try self.folders()[...], excess: excess) : .resting
        break
      }
      guard try removeStrays(in: folder, inUse: inUse) else { break }
      let seen = try runs(in: folder).reduce(0) { $0 + folder.bytes(of: $1) }
      leave(folder, newest: folders.last)
      phase = .looking(folders.dropFirst(), bytes: bytes + seen)
    case .cutting(let folders, let excess):
      guard excess > 0, let folder = folders.first else {
        phase = .resting
        break
      }
      let oldest = try runs(in: folder).filter { !inUse.contains($0) }.prefix(Self.stepSize)
      let left = cut(oldest, of: folder, excess: excess)
      leave(folder, newest: folders.last)
      let isDone = oldest.count < Self.stepSize
      phase = .cutting(isDone ? folders.dropFirst() : folders, excess: left)
    }
    if case .resting = phase { return false }
    return true
  }

  private mutating func folders() throws(StoreError) -> [LogFolder] {
    do throws(SystemError) { return try directory.logFolders() } catch { throw giveUp(error) }
  }

  private mutating func runs(in folder: LogFolder) throws(StoreError) -> [RunID] {
    do throws(SystemError) { return try folder.runs() } catch { throw giveUp(error) }
  }

  private mutating func giveUp(_ error: SystemError) -> StoreError {
    phase = .resting
    return StoreError(.other, "\(error)")
  }

  /// Returns whether none is left.
  private mutating func removeStrays(
    in folder: LogFolder, inUse: Set<RunID>
  ) throws(StoreError) -> Bool {
    let runs = try runs(in: folder)
    // Read after the names, because a run is stored before its log is created.
    let known = try store.knownRuns(folder.range)
    let strays = runs.filter { !known.contains($0.number) && !inUse.contains($0) }
    directory.removeLogs(of: Array(strays.prefix(Self.stepSize)))
    return strays.count <= Self.stepSize
  }

  /// Returns the bytes that are still above the quota.
  private func cut(_ runs: ArraySlice<RunID>, of folder: LogFolder, excess: Int) -> Int {
    var excess = excess
    for run in runs where excess > 0 {
      excess -= folder.bytes(of: run)
      directory.removeLogs(of: [run])
    }
    return excess
  }

  /// Removes an empty folder, unless it is the newest, which gets new logs.
  private func leave(_ folder: LogFolder, newest: LogFolder?) {
    if let newest, folder.range.upperBound < newest.range.lowerBound { folder.removeIfEmpty() }
  }
}
