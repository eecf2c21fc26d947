package import QueueCore

extension PostgresJobStore {
  /// Runs statements on the store's connection; `@.` stands for the queue's schema. Tests empty or
  /// damage a queue with it.
  package func execute(_ sql: String) throws(StoreError) { try connection.execute(sql) }
}
