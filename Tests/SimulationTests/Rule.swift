/// What must hold after every call, whatever happens.
enum Rule: String {
  case oneLiveRun = "at most one run of a job lives, and none is started twice"
  case nothingLost = "a job whose enqueue was committed is never missing"
  case finishedStays = "a finished job stays as it is, but for one that is retried or removed"
  case ownRunsCount = "attempts are the runs that ended by the job's own doing"
  case countersMatch = "the counters equal the rows"
  case inGoodHands = "a processing job is in the hands of one registered worker, and each has one"
  case historyStands = "the record of a run that has ended never changes"
  case readyOnly = "a job is claimed only when it is ready"
  case backoffBounds = "a failed job never waits longer than its backoff, not over a boot either"
  case pauseHolds = "a paused queue gives no job out"
  case pausesDontCount = "the time of a paused run stands still"
  case limitHolds = "never do more jobs of a queue run than its limit"
  case prerequisitesFirst = "a job never starts before its prerequisites have ended as they must"
  case oncePerKey = "at most one unfinished job has a key, and only it keeps others away"
  case stopHolds = "a worker whose command began before a stop of all is given no job after it"
  case fenced = "a job's latest run can finish it unless its worker is evicted, and no other"
  case movedAsTold = "a call changes the jobs it is about, in the way it is meant to, and no other"
  case aliveIsKept = "a worker is evicted only when it has died or was silent beyond its lease"
  case onceEach = "each time of a schedule gets at most one job in a turn, and as its policy says"
  case eachHasAFate = "each time of a schedule that passes is enqueued, skipped or missed"
  case steadyClocks = "a schedule begins another turn only after a wall clock was set back"
  case noOverlap = "a schedule whose jobs may not overlap enqueues none beside an unfinished one"
  case nothingForThePast = "no change of a schedule makes it due for a time that has passed"
  case schedulesGoOn = "a schedule that is due is moved on, and none waits for an older clock"
  case allEnds = "in the end every job is finished, and nothing is left over"
}

/// A rule that was broken, and how.
struct Violation: Error, CustomStringConvertible {
  let rule: Rule
  let what: String

  init(_ rule: Rule, _ what: String) {
    self.rule = rule
    self.what = what
  }

  var description: String { "broken: \(rule.rawValue).\n\(what)" }
}
