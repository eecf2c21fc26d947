public import QueueCore

extension SQLiteJobStore {
  /// Stores the order with the run, where its worker finds it with the next heartbeat.
  public func setPaused(
    _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation {
    try change { () throws(StoreError) in
      let plan = try plan(selection, by: .created, at: now) { _ in nil }
      var result = Cancellation()
      result.left = plan.step.left
      for id in plan.step.jobs { result.found.append(try job(id.text, at: now)) }
      for run in result.found.compactMap(\.latestRun) {
        try store(FreezeState.ordered(isPaused, from: run.freeze), of: run.id)
      }
      return result
    }
  }

  /// Not synced: after a power loss no run is active.
  public func setFrozen(
    _ time: Timestamp?, _ run: RunID, by freeze: () -> Void
  ) throws(StoreError) -> Bool {
    try change(syncing: false) { () throws(StoreError) in
      let found = try connection.first(
        """
        SELECT r.frozen FROM runs r JOIN jobs j ON j.seq = r.job
        WHERE r.id = ?1 AND j.run = ?1 AND j.state = 'processing'
        """,
        run
      ) { row in FreezeState(stored: row.optionalInt64(0)) }
      guard let state = found, let reported = FreezeState.reported(time, from: state) else {
        return false
      }
      // Whoever has the turn may be a process of the run.
      guard connection.excludesWriters else { throw .busy(connection.path) }
      try store(reported, of: run)
      freeze()
      return true
    }
  }

  private func store(_ state: FreezeState?, of run: RunID) throws(StoreError) {
    try connection.run("UPDATE runs SET frozen = ?2 WHERE id = ?1", run, state?.stored)
  }
}
