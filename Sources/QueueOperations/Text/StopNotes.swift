/// What a question about workers says before it is confirmed.
package enum StopNotes {
  /// - Parameter busy: how many of the `count` workers have a job.
  package static func ofAll(_ count: Int, busy: Int) -> String {
    switch (count, busy) {
    case (1, 0): "It is idle, and exits at once."
    case (1, _): "It finishes a job first, then exits."
    case (_, 0): "They are idle, and exit at once."
    case (_, 1): "1 of them finishes a job first, then exits."
    default: "\(busy) of them finish a job first, then exit."
    }
  }
}
