import CLinux
import Glibc
import Synchronization

/// Things handed from one thread to another, which can wait for them together with other
/// descriptors.
package final class Mailbox<Item: Sendable>: Sendable {
  /// Polls readable while something is in it.
  package let descriptor: Int32
  private let items = Mutex<[Item]>([])

  package init() {
    descriptor = clinux_eventfd()
    precondition(descriptor >= 0, "there is a descriptor left")
  }

  deinit { close(descriptor) }

  /// - Parameter isOld: which of those that wait it makes needless: the thread that takes them
  ///   may be held up for long.
  package func put(_ item: Item, insteadOf isOld: (Item) -> Bool = { _ in false }) {
    items.withLock { items in
      items.removeAll(where: isOld)
      items.append(item)
    }
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// All that is in it, in the order in which it came.
  package func takeAll() -> [Item] {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
    return items.withLock { items in
      defer { items = [] }
      return items
    }
  }
}
