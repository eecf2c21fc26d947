public import QueueCore

extension PostgresJobStore {
  /// Stores the order with the run, where its worker finds it with the next heartbeat.
  public func setPaused(
    _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation {
    try change { () throws(StoreError) in
      let plan = try plan(selection, by: .created, locking: true, at: now) { _ in nil }
      var result = Cancellation()
      result.left = plan.step.left
      for id in plan.step.jobs { result.found.append(try job(id.text, at: now)) }
      for run in result.found.compactMap(\.latestRun) {
        try store(FreezeState.ordered(isPaused, from: run.freeze), of: run.id)
      }
      return result
    }
  }

  /// Locks the job's row, so that no order arrives meanwhile. The server ends transactions of frozen
  /// processes, see ``Connection/writeOnce(_:)``.
  public func setFrozen(
    _ time: Timestamp?, _ run: RunID, by freeze: () -> Void
  ) throws(StoreError) -> Bool {
    try change { () throws(StoreError) in
      let found = try connection.first(
        """
        SELECT r.frozen FROM @.runs r JOIN @.work s ON s.seq = r.job
        WHERE r.id = $1 AND s.run = $1 AND s.state = 'processing' FOR UPDATE
        """,
        run
      ) { row in FreezeState(stored: row.optionalInt64(0)) }
      guard let state = found, let reported = FreezeState.reported(time, from: state) else {
        return false
      }
      try store(reported, of: run)
      freeze()
      return true
    }
  }

  private func store(_ state: FreezeState?, of run: RunID) throws(StoreError) {
    try connection.run("UPDATE @.runs SET frozen = $2 WHERE id = $1", run, state?.stored)
  }
}
