extension Schema {
  /// The jobs of each tag in the order of arrival, in which a GIN index can't be read.
  static let tags = """
    CREATE TABLE @schema@.tags (tag text COLLATE "C", job bigint, PRIMARY KEY (tag, job));
    DROP INDEX @schema@.jobs_by_tag;
    INSERT INTO @schema@.tags
      SELECT t.tag, seq FROM @schema@.jobs CROSS JOIN unnest(tags) AS t (tag);
    """
}
