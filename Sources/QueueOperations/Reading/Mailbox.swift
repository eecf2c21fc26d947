import CLinux
import Glibc
import Synchronization

/// A queue between two threads with a descriptor to poll.
package final class Mailbox<Item: Sendable>: Sendable {
  /// Polls readable while the mailbox isn't empty.
  package let descriptor: Int32
  private let items = Mutex<[Item]>([])

  package init() {
    descriptor = clinux_eventfd()
    precondition(descriptor >= 0, "there is a descriptor left")
  }

  deinit { close(descriptor) }

  /// - Parameter isOld: whether a waiting item is superseded by the new one, which limits the
  ///   memory while the receiver is blocked.
  package func put(_ item: Item, insteadOf isOld: (Item) -> Bool = { _ in false }) {
    items.withLock { items in
      items.removeAll(where: isOld)
      items.append(item)
    }
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Removes and returns all items in order.
  package func takeAll() -> [Item] {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
    return items.withLock { items in
      defer { items = [] }
      return items
    }
  }
}
