import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker
import Testing

/// Which of several workers looks after the others.
@Suite struct LookingOut {
  let home: TemporaryDirectory
  let directory: QueueDirectory
  var settings = Settings()

  init() throws {
    home = try TemporaryDirectory()
    directory = QueueDirectory(database: home.file("queue.db"))
    try directory.create()
  }

  @Test func `FAULT 79: of many workers one is on duty`() {
    let lookouts = (1...256).map { _ in Lookout(in: directory) }
    for second in 1...3 {
      let now = Duration.seconds(second)
      #expect(lookouts.count { $0.isOnDuty(settings, at: now) } == 1)
    }
  }

  @Test func `when the one on duty is gone, the next follows at its next look`() {
    var lookouts = (1...3).map { _ in Lookout(in: directory) }
    #expect(lookouts[0].isOnDuty(settings, at: .seconds(1)))
    #expect(!lookouts[1].isOnDuty(settings, at: .seconds(1)))
    lookouts.removeFirst()
    #expect(lookouts[1].isOnDuty(settings, at: .seconds(1)))
    #expect(!lookouts[0].isOnDuty(settings, at: .seconds(1)))
  }

  @Test func `while the one on duty stalls, all look`() {
    let lookouts = (1...3).map { _ in Lookout(in: directory) }
    _ = lookouts.map { $0.isOnDuty(settings, at: .seconds(1)) }
    let late = Duration.seconds(1) + settings.pollInterval * 2
    #expect(lookouts[1].isOnDuty(settings, at: late))
    #expect(lookouts[2].isOnDuty(settings, at: late))
    #expect(lookouts[0].isOnDuty(settings, at: late))
    #expect(!lookouts[1].isOnDuty(settings, at: late))
  }

  @Test func `where no lock can be had, each looks`() throws {
    let nowhere = QueueDirectory(database: home.file("missing/queue.db"))
    #expect(
      (1...2).map { _ in Lookout(in: nowhere).isOnDuty(settings, at: .zero) } == [true, true])
  }
}
