package import QueueCore

extension ScheduleCounts {
  /// How many faults schedules have; one may have several.
  package var faulty: Int { late + failing + skipping + broken }
}
