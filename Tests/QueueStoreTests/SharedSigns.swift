import Glibc
import QueueCore
import Synchronization

/// Memory shared by two processes, in which a checkpointing one reports its progress.
final class SharedSigns: @unchecked Sendable {
  // Atomic numbers in memory that stays mapped for the lifetime of this object.
  private let numbers: UnsafeMutablePointer<Atomic<Int>>
  private static let size = 4096

  /// - Parameter path: of a database; the memory is a file beside it.
  init(beside path: String) throws(StoreError) {
    let descriptor = open(path + ".signs", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard ftruncate(descriptor, off_t(Self.size)) == 0, let memory, memory != MAP_FAILED else {
      throw StoreError(.other, "no shared memory beside \(path)")
    }
    numbers = memory.assumingMemoryBound(to: Atomic<Int>.self)
  }

  deinit { munmap(numbers, Self.size) }

  /// The pid of the checkpointing process; 0 until it has reported it.
  var process: pid_t { pid_t(numbers[0].load(ordering: .acquiring)) }

  var checkpoints: Int { numbers[1].load(ordering: .acquiring) }

  func tellProcess() { numbers[0].store(Int(getpid()), ordering: .releasing) }

  func count() { numbers[1].add(1, ordering: .releasing) }
}
