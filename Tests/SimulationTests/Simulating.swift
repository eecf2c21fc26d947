import Testing

@Suite struct `Simulated queues` {
  @Test func `whatever happens, no rule is broken in memory`() throws {
    try tryOut(.inMemory, share: 0, of: 1)
  }

  /// In two shares, as it takes longer.
  @Test(arguments: 0..<2)
  func `whatever happens, no rule is broken in SQLite`(share: UInt64) throws {
    try tryOut(.sqlite, share: share, of: 2)
  }

  private func tryOut(_ store: SimulatedStore, share: UInt64, of shares: UInt64) throws {
    if let seed = Seeds.single {
      let simulation = Simulation(seed: seed, store: store)
      print(try simulation.trace().joined(separator: "\n"))
      if let violation = try simulation.run() { Issue.record("seed \(seed): \(violation)") }
      return
    }
    let count = Seeds.count.map { Int((Double($0) * store.share).rounded(.up)) }
    let end = Seeds.first + UInt64(count ?? store.seeds)
    let seeds = stride(from: Seeds.first + share, to: end, by: Int(shares))
    var broken = 0
    let time = try ContinuousClock().measure {
      for seed in seeds {
        let simulation = Simulation(seed: seed, store: store)
        guard let violation = try simulation.run() else { continue }
        Issue.record("\(try simulation.report(violation))")
        broken += 1
        return
      }
    }
    guard Seeds.areTold else { return }
    let tried = Array(seeds).count
    print("torture: simulation, \(store.testDescription) | \(tried) | seeds in \(time) | \(broken)")
  }

  @Test(arguments: SimulatedStore.all)
  func `the same seed makes the same happen`(store: SimulatedStore) throws {
    for seed in 1...UInt64(5) {
      let first = try Simulation(seed: seed, store: store).trace()
      #expect(try Simulation(seed: seed, store: store).trace() == first)
      #expect(first.count > 100)
    }
  }
}

/// What docs/reliability.md says isn't promised. A gap that no longer shows can be promised there.
@Suite struct `Known gaps` {
  @Test(arguments: KnownGap.allCases)
  func `the simulation finds each limit that isn't promised`(gap: KnownGap) throws {
    let isFound = try (1...UInt64(1000)).contains { seed in
      let simulation = Simulation(seed: seed, store: .inMemory) { faults in
        faults.known = [gap]
        faults.stalls()
        faults.hosts = 1
      }
      return try simulation.run() != nil
    }
    #expect(isFound, "\(gap) didn't show in 1000 seeds")
  }
}
