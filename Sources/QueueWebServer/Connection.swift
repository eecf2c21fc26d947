import NIOCore
import NIOHTTP1
import QueueHost
import QueueWeb

/// One connection: reads requests and sends responses.
final class Connection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let hub: Hub
  private let deadlines: Deadlines
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  /// Whether the request was refused early.
  private var isRefused = false
  private(set) var stream: StreamID?
  private(set) var channel: (any Channel)?
  /// When the stream last took data.
  var lastTaken = NIODeadline.now()

  init(_ hub: Hub, _ deadlines: Deadlines) {
    self.hub = hub
    self.deadlines = deadlines
  }

  /// Whether it is between requests and may be closed.
  var isIdle: Bool { deadlines.isIdle }

  // MARK: The connection

  func channelActive(context: ChannelHandlerContext) {
    channel = context.channel
    hub.add(self)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    channel = nil
    hub.remove(self)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Browsers close both directions, so a half-closed client takes no data.
    if case ChannelEvent.inputClosed? = event as? ChannelEvent, stream != nil || head == nil {
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      isRefused = false
      if head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" }) {
        context.writeAndFlush(
          wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
          promise: nil)
      }
    case .body(let part):
      guard !isRefused, let head else { return }
      guard body.count + part.readableBytes <= Gate.longestBody else {
        isRefused = true
        let error = RequestError(413, "the body is longer than 64 KiB")
        return send(hub.gate.response(to: RequestHead(head), error), closing: true)
      }
      body += part.readableBytesView
    case .end:
      guard !isRefused, let head else { return }
      deadlines.requestEnded()
      answer(Request(RequestHead(head), body: body))
    }
  }

  private func answer(_ request: Request) {
    guard let channel else { return }
    let isHead = request.head.method == "HEAD"
    let keepsAlive = head?.isKeepAlive ?? false
    let connection = NIOLoopBound(self, eventLoop: channel.eventLoop)
    hub.reply(to: request, on: channel.eventLoop).whenComplete { result in
      let connection = connection.value
      switch result {
      case .success(.response(let response)):
        // Close: the client may have sent more requests like it.
        let isRefusal = [400, 413, 414, 421, 431].contains(response.status)
        connection.send(response, closing: !keepsAlive || isRefusal, isHead: isHead)
      case .success(.stream(let id, let response)): connection.begin(id, response)
      case .failure: connection.channel?.close(promise: nil)
      }
    }
  }

  // MARK: Answers

  private func send(_ response: Response, closing: Bool, isHead: Bool = false) {
    guard let channel else { return }
    hub.count(response.status)
    var head = HTTPResponseHead(response)
    if response.log == nil {
      head.headers.add(name: "Content-Length", value: "\(response.body.count)")
    }
    if closing { head.headers.add(name: "Connection", value: "close") }
    deadlines.answering(on: channel)
    channel.write(HTTPServerResponsePart.head(head), promise: nil)
    if !isHead, !response.body.isEmpty {
      channel.write(part(response.body, channel), promise: nil)
    }
    guard let log = response.log, !isHead else { return end(closing: closing) }
    hub.open(log, on: channel.eventLoop).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let log): self.send(log, closing: closing)
      case .failure: self.end(closing: closing)
      }
    }
  }

  private func end(closing: Bool) {
    guard let channel else { return }
    channel.writeAndFlush(HTTPServerResponsePart.end(nil)).assumeIsolated().whenComplete { _ in
      guard let channel = self.channel else { return }
      if closing { channel.close(promise: nil) } else { self.deadlines.answered(on: channel) }
    }
  }

  /// Sends a log piece by piece, each once the client has taken the last.
  private func send(_ log: OpenLog?, closing: Bool) {
    guard let channel, let log else { return end(closing: closing) }
    hub.next(of: log, on: channel.eventLoop).assumeIsolated().whenComplete { result in
      guard let channel = self.channel, case .success(let bytes?) = result else {
        return self.end(closing: closing)
      }
      self.deadlines.answering(on: channel)
      channel.writeAndFlush(self.part(bytes, channel)).assumeIsolated().whenComplete { result in
        guard case .success = result else { return }
        self.send(log, closing: closing)
      }
    }
  }

  private func part(_ bytes: [UInt8], _ channel: any Channel) -> HTTPServerResponsePart {
    .body(.byteBuffer(channel.allocator.buffer(bytes: bytes)))
  }

  // MARK: Streams

  private func begin(_ id: StreamID, _ response: Response) {
    guard let channel else { return hub.forget(id) }
    hub.count(response.status)
    stream = id
    lastTaken = .now()
    deadlines.streaming()
    var head = HTTPResponseHead(response)
    head.headers.add(name: "Connection", value: "close")
    channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: nil)
    hub.begin()
  }

  /// Sends events of the stream.
  func send(_ events: [UInt8]) {
    guard let channel else { return }
    lastTaken = .now()
    channel.writeAndFlush(part(events, channel), promise: nil)
  }

  /// Ends a stream or an idle connection; a response in progress is completed.
  func finish() {
    guard let channel else { return }
    if stream != nil {
      end(closing: true)
    } else if isIdle {
      channel.close(promise: nil)
    }
  }
}

extension RequestHead {
  init(_ head: HTTPRequestHead) {
    self.init(head.method.rawValue, head.uri)
    fields = head.headers.map { Field($0.name, $0.value) }
  }
}

extension HTTPResponseHead {
  fileprivate init(_ response: Response) {
    self.init(version: .http1_1, status: HTTPResponseStatus(statusCode: response.status))
    for field in response.allFields { headers.add(name: field.name, value: field.value) }
  }
}
