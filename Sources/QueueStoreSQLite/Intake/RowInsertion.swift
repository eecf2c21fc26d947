/// A statement that stores some rows of one table.
///
/// Of what one row costs, a third to a half is opening the table and its indexes, which a statement
/// does once for all of its rows.
struct RowInsertion: Hashable {
  /// Rows that are worth a statement of their own kind, once there are as many.
  static let many = 64

  let table: Table
  let rows: Int

  /// Where jobs are stored.
  enum Table {
    case jobs, details
  }

  /// The statement's text; a parameter for each value, row by row.
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
          INSERT INTO job_details (seq, \(JobDetails.columns.joined(separator: ", "))) VALUES
          """, "(?\(String(repeating: ", ?", count: JobDetails.columns.count)))", ""
        )
      }
    return "\(head) \(row)\(String(repeating: ", " + row, count: rows - 1)) \(tail)"
  }
}
