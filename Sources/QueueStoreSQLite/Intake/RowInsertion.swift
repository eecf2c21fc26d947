/// Inserts several rows. Opening the table and indexes is a third to a half of one row's cost.
struct RowInsertion: Hashable {
  /// The rows of a full batch; smaller batches are inserted one by one.
  static let many = 64

  let table: Table
  let rows: Int

  enum Table {
    case jobs, details
  }

  var sql: String {
    let (head, row, tail) =
      switch table {
      case .jobs:
        (
          """
          INSERT INTO jobs (id, state, queue, priority, ready, run_at, max_retries, created_at,
            updated_at, unique_key) VALUES
          """, "(?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?)", "ON CONFLICT DO NOTHING"
        )
      case .details:
        (
          """
          INSERT INTO job_details (seq, \(JobDetails.boundColumns.joined(separator: ", "))) VALUES
          """, "(?\(String(repeating: ", ?", count: JobDetails.boundColumns.count)))", ""
        )
      }
    return "\(head) \(row)\(String(repeating: ", " + row, count: rows - 1)) \(tail)"
  }
}
