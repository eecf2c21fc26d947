extension Schema {
  /// The site with the whole log of an ended run, and the parts of such logs that readers on other
  /// hosts have asked for: `bytes` is NULL until the answer, then the output at `at`. Empty `bytes`
  /// mean that there is none before `next`, because it was discarded; if `next` is `at`, none.
  static let wholeLogs = """
    ALTER TABLE @schema@.outputs ADD COLUMN site text;
    CREATE TABLE @schema@.asked_parts (
      run bigint, at bigint, next bigint, bytes bytea, PRIMARY KEY (run, at));
    """
}
