/// The run in a worker's hands, as a heartbeat reads it: its number, 1 if its job was cancelled,
/// and its pause, if any.
package struct HeldRunText {
  package let run: RunID
  /// The run, if its job was cancelled.
  package var cancelled: RunID? { isCancelled ? run : nil }
  package let freeze: FreezeOrder?
  private let isCancelled: Bool

  /// Nil for no run.
  package init?(_ text: String?) {
    let numbers = text?.split(separator: " ").compactMap { Int64($0) } ?? []
    guard numbers.count >= 2 else { return nil }
    run = RunID(numbers[0])
    isCancelled = numbers[1] == 1
    freeze = FreezeOrder(
      run: run, FreezeState(stored: numbers.count > 2 ? numbers[2] : nil))
  }
}
