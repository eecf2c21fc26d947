import Testing

@testable import QueueCore

@Suite struct `Limiting resources` {
  @Test(arguments: [
    ResourceLimits(), ResourceLimits(niceness: -20), ResourceLimits(memoryBytes: 1 << 20),
    ResourceLimits(niceness: 0, memoryBytes: 1 << 50, cpus: 0.01, isBestEffort: false),
    ResourceLimits(cpus: 1000, isBestEffort: true),
  ])
  func `stored limits are read as they were`(limits: ResourceLimits) throws {
    try limits.check()
    #expect(try ResourceLimits(stored: limits.stored) == limits)
    #expect((limits.stored == nil) == (limits == ResourceLimits()))
  }

  @Test(arguments: [
    "nice", "nice=", "nice=x", "nice=20", "memory=5", "cpus=nan", "other=1", "nice=1 nice=2",
    "best-effort=maybe", "",
  ])
  func `a damaged text is refused`(text: String) {
    let error = #expect(throws: StoreError.self) { try ResourceLimits(stored: text) }
    #expect(error?.code == .corrupt)
  }

  @Test func `limits are shown as they are given`() {
    let limits = ResourceLimits(niceness: 1, memoryBytes: 2 << 30, cpus: 2)
    #expect(limits.described.map(\.value) == ["1", "2GB", "2"])
    #expect(ResourceLimits(cpus: 0.5).described.map(\.value) == ["0.5"])
  }

  @Test(arguments: [
    (ResourceLimits(niceness: 20), "nice must be from -20 to 19, not 20"),
    (ResourceLimits(memoryBytes: 5), "memory must be from 1MB to 1024TB, not 5B"),
    (ResourceLimits(memoryBytes: .max), "memory must be from 1MB to 1024TB, not "),
    (ResourceLimits(cpus: 0), "cpus must be from 0.01 to 1000, not 0"),
    (ResourceLimits(cpus: 1001), "cpus must be from 0.01 to 1000, not 1001"),
    (ResourceLimits(cpus: .nan), "cpus must be from 0.01 to 1000, not nan"),
  ])
  func `the first value out of range is named`(limits: ResourceLimits, message: String) {
    let error = #expect(throws: InvalidJob.self) { try limits.check() }
    #expect(error.map { "\($0)".hasPrefix(message) } == true)
  }
}
