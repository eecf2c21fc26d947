import QueueCore
import QueueTestSupport
import Testing

@Suite struct MakingIDs {
  let now = ManualClock.start.wall

  @Test func `an id is eleven characters that are easy to type`() {
    var source = JobIDSource(using: SeededGenerator(seed: 1))
    let id = source.next(at: now).text
    #expect(id.wholeMatch(of: /[0-9a-hjkmnp-tv-z]{11}/) != nil)
    #expect(JobIDSource.couldHaveMade(id))
  }

  @Test func `ids of one source increase and never repeat, whatever the clock does`() {
    var source = JobIDSource(using: SeededGenerator(seed: 2))
    var random = SeededGenerator(seed: 3)
    var time = now
    var ids: [JobID] = []
    for _ in 1...5000 {
      ids.append(source.next(at: time))
      switch Int.random(in: 0..<20, using: &random) {
      case 0: time = time + .seconds(1)
      case 1: time = time + .seconds(-5)
      case 2: time = time + .milliseconds(400)
      default: break
      }
    }
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == ids.count)
  }

  @Test func `ids of all processes sort by time, within a second too`() {
    var ids: [JobID] = []
    for step in 0..<500 as Range<Int64> {
      var source = JobIDSource(using: SeededGenerator(seed: UInt64(step)))
      ids.append(source.next(at: now + .milliseconds(step * 5)))
    }
    #expect(ids == ids.sorted())
    #expect(Set(ids.prefix(100).map { $0.text.prefix(6) }).count == 1, "of one second")
  }

  @Test func `ids of earlier versions, which begin with seconds, sort among these`() {
    var source = JobIDSource(using: SeededGenerator(seed: 4))
    let (made, later) = (source.next(at: now), source.next(at: now + .seconds(1)))
    let second = made.text.prefix(6)
    #expect(JobID(trusted: "\(second)00000") <= made)
    #expect(JobID(trusted: "\(second)zzzzz") < later)
  }

  @Test func `two sources rarely generate the same id at one moment`() {
    var ids: Set<JobID> = []
    for seed in 1...200 as ClosedRange<UInt64> {
      var source = JobIDSource(using: SeededGenerator(seed: seed))
      ids.insert(source.next(at: now))
    }
    #expect(ids.count >= 190)
  }

  @Test func `a replacement id keeps the beginning and is valid`() throws {
    var source = JobIDSource(using: SeededGenerator(seed: 6))
    for text in ["nightly", String(repeating: "ü", count: 128)] {
      let id = source.next(after: try JobID(text), at: now).text
      #expect(id.wholeMatch(of: /.{1,116}\.[0-9a-z]{11}/) != nil)
      #expect(try JobID(id).text == id && text.hasPrefix(id.dropLast(12)))
    }
  }

  @Test(arguments: [
    Int64.min / 4, -1, 0, 1_704_067_199_999, 1_704_067_200_000, 253_402_300_799_999,
  ])
  func `any time gives an id`(milliseconds: Int64) {
    var source = JobIDSource(using: SeededGenerator(seed: 6))
    let ids = (1...3).map { _ in source.next(at: Timestamp(milliseconds: milliseconds)) }
    #expect(ids.allSatisfy { JobIDSource.couldHaveMade($0.text) })
    #expect(Set(ids).count == 3)
  }

  @Test func `ids sort by time until 2058`() throws {
    let times = [
      "2024-01-01T00:00:01Z", "2024-06-01T00:00:00Z", "2030-01-01T00:00:00Z",
      "2057-12-31T23:59:59Z",
    ]
    let ids = try times.map { text in
      var source = JobIDSource(using: SeededGenerator(seed: 7))
      return source.next(at: try #require(TimeText.example.parse(text)))
    }
    #expect(ids == ids.sorted())
  }

  @Test(arguments: [
    ("0abcdefghjk", true), ("zzzzzzzzzzz", true), ("0abcdefghj", false), ("0abcdefghjkm", false),
    ("0Abcdefghjk", false), ("0abcdefghil", false), ("0abcdefghju", false), ("", false),
    ("nightly-job", false), ("äbcdefghjk", false),
  ])
  func `generated ids are recognized by their form`(text: String, isMade: Bool) {
    #expect(JobIDSource.couldHaveMade(text) == isMade)
  }
}
