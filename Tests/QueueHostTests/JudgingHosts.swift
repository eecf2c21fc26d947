import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost

/// Workers of a queue on a server, whose hosts see neither each other's locks nor clocks.
@Suite struct JudgingHosts {
  let clock = ManualClock()
  private let site = Site(machine: "m", namespaces: "n", locks: "here")

  private func record(locks: String? = "here", boot: String = "boot-1") -> WorkerRecord {
    var now = clock.now()
    now.boot = BootID(boot)
    return WorkerRecord(
      id: WorkerID(1),
      process: ProcessIdentity(
        host: "h", site: Site(machine: "m", namespaces: "n", locks: locks), boot: now.boot, pid: 7,
        startTicks: 1),
      queues: [], lease: .seconds(120), at: now)
  }

  private func judge(isLocked: Bool = false) -> Liveness {
    let observed = ObservedSilence()
    return Liveness(site: site, silence: { observed.silence(of: $0, at: $1.uptime) }) { _ in
      Answer(isLocked)
    }
  }

  @Test func `FAULT 124: another user's workers on the same machine keep locks elsewhere`() {
    let liveness = judge()
    #expect(liveness.verdict(on: record(), at: clock.now()) == .gone)
    for locks in ["there", nil] {
      #expect(liveness.verdict(on: record(locks: locks), at: clock.now()) == .present)
    }
  }

  @Test func `FAULT 107: silence counts from when it was first seen, whatever clocks say`() {
    let liveness = judge()
    let old = record(locks: "there", boot: "boot-2")
    clock.advance(by: .seconds(86_400))
    clock.jumpWall(by: .seconds(-400 * 86_400))
    #expect(!liveness.isGone(old, at: clock.now()))
    clock.advance(by: .seconds(120))
    #expect(!liveness.isGone(old, at: clock.now()))
    clock.advance(by: .seconds(1))
    #expect(!liveness.isGone(old, judgingSilence: false, at: clock.now()))
    #expect(liveness.isGone(old, at: clock.now()))
  }

  @Test func `FAULT 106: an evicted worker's own host has its lease to kill the run`() {
    let liveness = judge(isLocked: true)
    var near = record()
    near.isEvicted = true
    #expect(liveness.isGone(near, at: clock.now()))
    var far = record(locks: "there", boot: "boot-2")
    far.isEvicted = true
    #expect(!liveness.isGone(far, at: clock.now()))
    clock.advance(by: .seconds(121))
    #expect(liveness.isGone(far, at: clock.now()))
  }

  @Test func `a heartbeat begins the silence anew`() {
    let liveness = judge()
    var other = record(locks: "there", boot: "boot-2")
    #expect(!liveness.isGone(other, at: clock.now()))
    clock.advance(by: .seconds(119))
    other.heartbeatUptime += .seconds(5)
    #expect(!liveness.isGone(other, at: clock.now()))
    clock.advance(by: .seconds(120))
    #expect(!liveness.isGone(other, at: clock.now()))
    clock.advance(by: .seconds(1))
    #expect(liveness.isGone(other, at: clock.now()))
  }

  @Test func `FAULT 124: a copied disk's workers of another boot have three heartbeats`() {
    let liveness = judge()
    let copied = record(boot: "boot-2")
    #expect(!liveness.isGone(copied, at: clock.now()))
    clock.advance(by: .seconds(15))
    #expect(!liveness.isGone(copied, at: clock.now()))
    clock.advance(by: .seconds(1))
    #expect(liveness.isGone(copied, at: clock.now()))
  }

  @Test func `a site's text keeps the directory of its locks`() {
    #expect(Site(text: site.text) == site)
    let plain = Site(machine: "m", namespaces: "pid:[1] time:[2]")
    #expect(Site(text: plain.text) == plain && plain.sharesProcesses(with: plain))
    #expect(site.sharesProcesses(with: Site(machine: "m", namespaces: "n", locks: "there")))
    #expect(!site.sharesProcesses(with: Site(machine: "o", namespaces: "n", locks: "here")))
  }

  @Test func `a directory of a server's queue has one id, and is private`() throws {
    let place = try TemporaryDirectory()
    let directory = QueueDirectory(of: "postgres://h/d", at: place.file("state/queuectl/ab"))
    #expect(directory.locksID == nil)
    try directory.create()
    let id = try #require(directory.locksID)
    try directory.create()
    #expect(directory.locksID == id && id.count == 26)
    let other = QueueDirectory(of: "postgres://h/d", at: place.file("other/ab"))
    try other.create()
    #expect(other.locksID != id)
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(names.sorted() == ["id", "logs", "workers"])
  }
}
