import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker
import Testing

/// The choice of the worker that checks the others.
@Suite struct LookingOut {
  let home: TemporaryDirectory
  let directory: QueueDirectory
  var settings = Settings()

  init() throws {
    home = try TemporaryDirectory()
    directory = QueueDirectory(database: home.file("queue.db"))
    try directory.create()
  }

  @Test func `FAULT 79: of many workers one is the lookout`() {
    let lookouts = (1...256).map { _ in Lookout(in: directory) }
    for second in 1...3 {
      let now = Duration.seconds(second)
      #expect(lookouts.count { $0.isOnDuty(settings, at: now) } == 1)
    }
  }

  @Test func `when the lookout is gone, the next worker takes over`() {
    var lookouts = (1...3).map { _ in Lookout(in: directory) }
    #expect(lookouts[0].isOnDuty(settings, at: .seconds(1)))
    #expect(!lookouts[1].isOnDuty(settings, at: .seconds(1)))
    lookouts.removeFirst()
    #expect(lookouts[1].isOnDuty(settings, at: .seconds(1)))
    #expect(!lookouts[0].isOnDuty(settings, at: .seconds(1)))
  }

  @Test func `while the lookout stalls, all workers check`() {
    let lookouts = (1...3).map { _ in Lookout(in: directory) }
    _ = lookouts.map { $0.isOnDuty(settings, at: .seconds(1)) }
    let late = Duration.seconds(1) + settings.pollInterval * 2
    #expect(lookouts[1].isOnDuty(settings, at: late))
    #expect(lookouts[2].isOnDuty(settings, at: late))
    #expect(lookouts[0].isOnDuty(settings, at: late))
    #expect(!lookouts[1].isOnDuty(settings, at: late))
  }

  @Test func `where no lock can be taken, every worker checks`() throws {
    let nowhere = QueueDirectory(database: home.file("missing/queue.db"))
    #expect(
      (1...2).map { _ in Lookout(in: nowhere).isOnDuty(settings, at: .zero) } == [true, true])
  }
}
