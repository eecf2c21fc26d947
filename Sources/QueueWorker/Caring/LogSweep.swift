import QueueCore
import QueueHost

/// Goes over the logs of all runs, a folder at a time: removes those of runs that were removed,
/// and, when the others take more than they may, the oldest of them.
///
/// A step removes only a few, so that nobody waits long for it.
struct LogSweep {
  /// Files that one step removes at most.
  static let stepSize = 100

  private enum Phase {
    case resting
    /// Removing what belongs to nothing; the logs that were seen take so many bytes.
    case looking(ArraySlice<LogFolder>, bytes: Int)
    /// Removing the oldest; so many bytes are too many.
    case cutting(ArraySlice<LogFolder>, excess: Int)
  }

  private let directory: QueueDirectory
  private let store: any QueueKeeper
  private var phase = Phase.resting

  init(_ directory: QueueDirectory, store: any QueueKeeper) {
    self.directory = directory
    self.store = store
  }

  /// Does a small step.
  /// - Parameters:
  ///   - quota: how much all logs may take, in bytes; nil for any.
  ///   - inUse: runs that are going on.
  /// - Returns: whether the round goes on.
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

  /// Of logs that can't be listed nothing is concluded: the next round tries them again.
  private mutating func giveUp(_ error: SystemError) -> StoreError {
    phase = .resting
    return StoreError(.other, "\(error)")
  }

  /// - Returns: whether none is left.
  private mutating func removeStrays(
    in folder: LogFolder, inUse: Set<RunID>
  ) throws(StoreError) -> Bool {
    let runs = try runs(in: folder)
    // Read after the names: a run is known before it has a log.
    let known = try store.knownRuns(folder.range)
    let strays = runs.filter { !known.contains($0.number) && !inUse.contains($0) }
    directory.removeLogs(of: Array(strays.prefix(Self.stepSize)))
    return strays.count <= Self.stepSize
  }

  /// - Returns: how much is still too much.
  private func cut(_ runs: ArraySlice<RunID>, of folder: LogFolder, excess: Int) -> Int {
    var excess = excess
    for run in runs where excess > 0 {
      excess -= folder.bytes(of: run)
      directory.removeLogs(of: [run])
    }
    return excess
  }

  /// Removes a folder that has become empty, unless new runs may still come into it.
  private func leave(_ folder: LogFolder, newest: LogFolder?) {
    if let newest, folder.range.upperBound < newest.range.lowerBound { folder.removeIfEmpty() }
  }
}
