import QueueCore

/// The rows that jobs are found by. What a job's tags are stands in its details.
extension SQLiteJobStore {
  func insertTags(_ tags: [String], ofRow sequence: Int64) throws(StoreError) {
    for tag in tags {
      try connection.run("INSERT INTO tags (tag, job) VALUES (?, ?)", tag, sequence)
    }
  }

  /// Call it before the job's details change or go.
  func removeTags(ofRow sequence: Int64) throws(StoreError) {
    try connection.run(
      """
      DELETE FROM tags WHERE job = ?1 AND tag IN (
        SELECT value FROM json_each((SELECT tags FROM job_details WHERE seq = ?1)))
      """,
      sequence)
  }
}
