import QueueCore
import QueueTestSupport
import Testing

@Suite struct Paging {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// Every page of at most `limit`, in order.
  private func pages(_ query: JobQuery, of limit: Int, in store: any JobStore) throws -> [[String]]
  {
    var pages: [[String]] = []
    var cursor: JobPage.Cursor?
    repeat {
      let page = try store.jobs(query, limit: limit, after: cursor, at: now)
      pages.append(page.jobs.map(\.id.text))
      cursor = page.next
    } while cursor != nil && pages.count < 100
    return pages
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (1, [["5"], ["4"], ["3"], ["2"], ["1"]]), (2, [["5", "4"], ["3", "2"], ["1"]]),
      (4, [["5", "4", "3", "2"], ["1"]]), (5, [["5", "4", "3", "2", "1"]]),
      (6, [["5", "4", "3", "2", "1"]]), (Int.max, [["5", "4", "3", "2", "1"]]),
    ])
  func `pages neither overlap nor miss a job, and the last has no successor`(
    store: StoreUnderTest, expected: (limit: Int, pages: [[String]])
  ) throws {
    let store = try store.open().store
    for id in 1...5 { try store.add("\(id)", at: now) }
    #expect(try pages(JobQuery(), of: expected.limit, in: store) == expected.pages)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the next page of a query skips jobs that don't match`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for id in 1...9 { try store.add("\(id)", queue: id % 3 == 0 ? "third" : "rest", at: now) }
    #expect(try pages(JobQuery(queue: "third"), of: 2, in: store) == [["9", "6"], ["3"]])
    #expect(try pages(JobQuery(queue: "third"), of: 3, in: store) == [["9", "6", "3"]])
    #expect(try pages(JobQuery(queue: "none"), of: 3, in: store) == [[]])
  }

  @Test func `pages of blocked jobs grow, because each looks for all of them again`() {
    var query = JobQuery()
    #expect(query.pageSize(after: 100_000) == 500)
    query.conditions = [JobPredicate(.blocked)]
    var (count, pages) = (0, 0)
    while count < 100_000 {
      count += query.pageSize(after: count)
      pages += 1
    }
    #expect(pages < 15 && query.pageSize(after: .max) < 50_000)
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs enqueued while paging don't shift the pages`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    for id in 1...4 { try fixture.store.add("\(id)", at: now) }
    let first = try fixture.store.jobs(JobQuery(), limit: 2, after: nil, at: now)
    try fixture.anotherHandle().add("5", at: now)
    let second = try fixture.store.jobs(JobQuery(), limit: 2, after: first.next, at: now)
    #expect((first.jobs + second.jobs).map(\.id.text) == ["4", "3", "2", "1"])
    #expect(second.next == nil)
  }
}
