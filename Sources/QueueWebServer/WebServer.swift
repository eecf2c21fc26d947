import CLinux
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import QueueCore
import QueueHost
import QueueOperations
import QueueSession
import QueueWeb

/// The server: one thread for all connections, and one for the queue.
struct WebServer {
  private let options: ServerOptions
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let hub: Hub
  private let store: StoreThread
  private let listener: any Channel
  private let token: Secret?

  /// Binds the address and listens.
  /// - Throws: ``Failure`` if the address is taken, or a file can't be made.
  init(_ options: ServerOptions) throws {
    self.options = options
    let location = try DatabaseLocation(flag: options.database)
    let queue = try Session.directory(of: location)
    let web = WebDirectory(queue)
    token = options.needsToken ? try web.token() : nil
    let turn = try Self.makeRoom(web, options)
    defer { turn?.leave() }
    let loop = group.next()
    let bound = try Self.port(options)
    let gate = Gate(
      token: nil, cookie: bound.port > 0 ? "queuectl_\(bound.port)" : "queuectl",
      publicAddress: options.publicAddress, isReadOnly: options.isReadOnly)
    let host = MonitorDependencies(location)
    store = StoreThread(Self.site(options, host, location, web, gate))
    let hub = Hub(loop, store, gate, logs: host.logs)
    self.hub = hub
    // Until its rights are set, only this user may open a socket.
    let mask = umask(0o177)
    listener = try Self.listen(group, bound, hub, options)
    umask(mask)
    if case .socket(let socket) = options.place { try socket.setRights() }
  }

  /// Removes a stale socket. Two servers of a queue that start at once take turns until they
  /// listen, so that none removes the other's socket.
  private static func makeRoom(
    _ web: WebDirectory, _ options: ServerOptions
  ) throws -> WriterQueue? {
    guard case .socket(let socket) = options.place else { return nil }
    try web.createForSocket()
    let turn = WriterQueue(at: web.path, beside: socket.path)
    _ = turn?.enter(atMost: .seconds(5))
    try socket.removeStale()
    return turn
  }

  private static func site(
    _ options: ServerOptions, _ host: MonitorDependencies, _ location: DatabaseLocation,
    _ web: WebDirectory, _ gate: Gate
  ) -> WebSite {
    var facts = SiteFacts(
      place: location.path.map { "\(LocalHost.hostName):\($0)" } ?? location.shown)
    facts.base = options.publicAddress?.path ?? ""
    facts.version = Version.number
    facts.isReadOnly = options.isReadOnly
    facts.hasLogin = options.needsToken
    let needsToken = options.needsToken
    // Without its file, nothing opens the site.
    let closed = Secret()
    return WebSite(
      host: host, facts: facts, gate: gate,
      token: { needsToken ? web.existingToken() ?? closed : nil },
      note: { Self.report($0) })
  }

  private static func report(_ text: String) {
    let line = "\(LocalTime.clock(SystemClock().now().wall)) web: \(TerminalText.sanitized(text))\n"
    let bytes = Array(line.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  // MARK: Listening

  /// A bound descriptor and its port; 0 for a socket file.
  private struct Bound {
    var descriptor: Int32?
    var path: String?
    var port: Int
  }

  private static func port(_ options: ServerOptions) throws -> Bound {
    switch options.place {
    case .socket(let socket): return Bound(path: socket.path, port: 0)
    case .address(let host, let port):
      let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
      let descriptor = socket(
        address.protocol == .inet6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2000000, 0)
      guard descriptor >= 0 else { throw Failure.system("make a socket") }
      var one: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
      let result = address.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
      guard result == 0 else {
        let reason = errno
        close(descriptor)
        throw Failure(message(of: reason, host, port))
      }
      return Bound(descriptor: descriptor, port: Self.port(of: descriptor) ?? port)
    }
  }

  private static func message(of code: Int32, _ host: String, _ port: Int) -> String {
    let reason = String(cString: strerror(code))
    guard code == EADDRINUSE else { return "can't listen on \(host):\(port): \(reason)" }
    return "port \(port) on \(host) is taken, maybe by another \"queuectl web\": choose one with "
      + "--listen \(host):PORT, or any free one with --listen \(host):0"
  }

  private static func port(of descriptor: Int32) -> Int? {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &size)
      }
    }
    guard isKnown == 0 else { return nil }
    // The port has the same place in both kinds of addresses.
    return withUnsafeBytes(of: address) {
      Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)))
    }
  }

  private static func listen(
    _ group: MultiThreadedEventLoopGroup, _ bound: Bound, _ hub: Hub, _ options: ServerOptions
  ) throws -> any Channel {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(ChannelOptions.backlog, value: 256)
      .childChannelOption(ChannelOptions.maxMessagesPerRead, value: 4)
      .childChannelOption(
        ChannelOptions.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let deadlines = Deadlines(Deadlines.Limits())
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(deadlines)
          try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withErrorHandling: true)
          try pipeline.addHandler(Connection(hub, deadlines))
        }
      }
    if let path = bound.path {
      do {
        return try bootstrap.bind(unixDomainSocketPath: path).wait()
      } catch let error as IOError {
        throw Failure("can't listen on \(path): \(String(cString: strerror(error.errnoCode)))")
      }
    }
    guard let descriptor = bound.descriptor else { throw Failure("no socket to listen on") }
    return try bootstrap.withBoundSocket(descriptor).wait()
  }

  // MARK: Running

  /// The addresses to open in a browser, as lines for the user.
  var announcement: [String] {
    let fragment = token.map { "/#token=\($0.text)" } ?? "/"
    switch options.place {
    case .socket(let socket):
      return ["listening on \(socket.path)"]
    case .address(let host, _):
      let port = listener.localAddress?.port ?? 0
      if let address = options.publicAddress {
        let place = "\(address.scheme)://\(address.host)\(address.path)"
        return ["listening on \(host):\(port)", "open \(place)\(fragment)"]
      }
      return ["open http://queuectl.localhost:\(port)\(fragment)"]
    }
  }

  /// Serves until a signal arrives, then closes connections. A running action stops after its
  /// current step.
  func run(until signals: SignalInbox) {
    while signals.next() == nil { Poll.wait(for: [signals.descriptor], atMost: nil) }
    try? listener.close().wait()
    let hub = hub
    let loop = group.next()
    let closing = loop.flatSubmit { hub.close() }
    // A client that doesn't read can't delay the shutdown.
    loop.scheduleTask(in: .seconds(5)) { hub.abandon() }
    try? closing.wait()
    store.stop()
    if case .socket(let socket) = options.place { unlink(socket.path) }
    try? group.syncShutdownGracefully()
  }
}
