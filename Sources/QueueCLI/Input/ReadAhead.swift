import Glibc
import Synchronization

/// Reads jobs ahead on its own thread while earlier ones are stored. Hands them over in batches,
/// because waking a thread costs more than reading a job. If some jobs aren't taken, the thread
/// waits until the process exits.
final class ReadAhead {
  private typealias Read = Result<PlacedJob?, any Error>

  private let handover = Handover()
  private var batch: ArraySlice<Read> = []
  private var thread = pthread_t()

  /// Starts reading `source`, which then belongs to the thread. Nil if no thread can be created.
  init?(_ source: JobSource) {
    let reading = Unmanaged.passRetained(Reading(source, handover))
    let code = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Reading>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, reading.toOpaque())
    guard code == 0 else {
      reading.release()
      return nil
    }
  }

  /// Returns or throws the source's next result. Don't call it after the end, which is nil or any
  /// error except ``BadJob``.
  func nextJob() throws -> PlacedJob? {
    if batch.isEmpty {
      let (next, isLast) = handover.take()
      batch = next[...]
      if isLast { pthread_join(thread, nil) }
    }
    guard let next = batch.popFirst() else { preconditionFailure("no batch is empty") }
    return try next.get()
  }

  private final class Reading {
    private static let batchSize = 1024

    private let source: JobSource
    private let handover: Handover

    init(_ source: JobSource, _ handover: Handover) {
      self.source = source
      self.handover = handover
    }

    func run() {
      var isOver = false
      while !isOver {
        var batch: [Read] = []
        batch.reserveCapacity(Self.batchSize)
        while !isOver, batch.count < Self.batchSize {
          do {
            let job = try source.nextJob()
            batch.append(.success(job))
            isOver = job == nil
          } catch {
            batch.append(.failure(error))
            isOver = !(error is BadJob)
          }
        }
        handover.put(batch, isLast: isOver)
      }
    }
  }

  /// Passes batches between the threads, two at most. Sendable because a mutex guards the batches.
  private final class Handover: @unchecked Sendable {
    typealias Batch = (jobs: [Read], isLast: Bool)

    private let batches = Mutex<[Batch]>([])
    private let room = Handover.semaphore(2)
    private let filled = Handover.semaphore(0)

    deinit {
      for semaphore in [room, filled] {
        sem_destroy(semaphore)
        semaphore.deallocate()
      }
    }

    func put(_ jobs: [Read], isLast: Bool) {
      Self.wait(for: room)
      batches.withLock { $0.append((jobs, isLast)) }
      sem_post(filled)
    }

    func take() -> Batch {
      Self.wait(for: filled)
      defer { sem_post(room) }
      return batches.withLock { $0.removeFirst() }
    }

    private static func semaphore(_ value: UInt32) -> UnsafeMutablePointer<sem_t> {
      let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
      sem_init(semaphore, 0, value)
      return semaphore
    }

    private static func wait(for semaphore: UnsafeMutablePointer<sem_t>) {
      while sem_wait(semaphore) != 0, errno == EINTR {}
    }
  }
}
