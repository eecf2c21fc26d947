import NIOCore
import NIOPosix
import QueueWeb

/// The one thread that reads and changes the queue, so that no connection ever waits for the disk.
final class StoreThread: @unchecked Sendable {
  private let pool = NIOThreadPool(numberOfThreads: 1)
  /// Used on the thread only.
  private var site: WebSite

  init(_ site: WebSite) {
    self.site = site
    pool.start()
  }

  /// Runs `body` after all that was asked for before.
  func run<Result: Sendable>(
    on loop: any EventLoop, _ body: @escaping @Sendable (inout WebSite) -> Result
  ) -> EventLoopFuture<Result> {
    pool.runIfActive(eventLoop: loop) { body(&self.site) }
  }

  /// Runs `body` on the thread, whatever it needs to block for.
  func run<Result: Sendable>(
    on loop: any EventLoop, blocking body: @escaping @Sendable () throws -> Result
  ) -> EventLoopFuture<Result> {
    pool.runIfActive(eventLoop: loop, body)
  }

  func stop() { try? pool.syncShutdownGracefully() }
}
