extension Schema {
  /// The pause of an active run: 0 requested, -1 to be continued, else when it was frozen.
  static let frozen = "ALTER TABLE @schema@.runs ADD COLUMN frozen bigint;"

  static let versions = "ALTER TABLE @schema@.workers ADD COLUMN version text;"

  /// The resource limits of jobs, such as `nice=10`. The function reads those of a job that
  /// `step_1` claimed in the same statement, whose own snapshot may be older than the job.
  static let limits = """
    ALTER TABLE @schema@.jobs ADD COLUMN limits text;
    CREATE FUNCTION @schema@.limits_2(a_id text) RETURNS text LANGUAGE sql VOLATILE AS $$
      SELECT limits FROM @schema@.jobs WHERE id = a_id
    $$;
    """
}
