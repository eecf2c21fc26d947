import NIOCore
import NIOPosix
import QueueWeb

/// The thread of the store, so connections never wait for the disk.
final class StoreThread: @unchecked Sendable {
  private let pool = NIOThreadPool(numberOfThreads: 1)
  /// Used on the thread only.
  private var site: WebSite

  init(_ site: WebSite) {
    self.site = site
    pool.start()
  }

  /// Runs `body` after all earlier calls.
  func run<Result: Sendable>(
    on loop: any EventLoop, _ body: @escaping @Sendable (inout WebSite) -> Result
  ) -> EventLoopFuture<Result> {
    pool.runIfActive(eventLoop: loop) { body(&self.site) }
  }

  /// Runs a blocking `body` on the thread.
  func run<Result: Sendable>(
    on loop: any EventLoop, blocking body: @escaping @Sendable () throws -> Result
  ) -> EventLoopFuture<Result> {
    pool.runIfActive(eventLoop: loop, body)
  }

  func stop() { try? pool.syncShutdownGracefully() }
}
