import NIOCore

/// Closes connections that exceed ``Limits``.
final class Deadlines: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// The time limits of a connection.
  struct Limits {
    /// From connecting to the first byte, and for a whole request.
    var request = TimeAmount.seconds(5)
    /// Between two requests.
    var idle = TimeAmount.seconds(60)
    /// To take a response.
    var answer = TimeAmount.seconds(30)
  }

  private enum Phase {
    case idle, request, answer, stream
  }

  private let limits: Limits
  private var phase = Phase.idle
  private var timer: Scheduled<Void>?

  init(_ limits: Limits) { self.limits = limits }

  var isIdle: Bool {
    if case .idle = phase { true } else { false }
  }

  func channelActive(context: ChannelHandlerContext) {
    wait(limits.request, context.channel)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .idle = phase {
      phase = .request
      wait(limits.request, context.channel)
    }
    context.fireChannelRead(data)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  /// The request is complete and being answered.
  func requestEnded() {
    phase = .answer
    timer?.cancel()
  }

  /// The response is being sent; called for each piece.
  func answering(on channel: any Channel) { wait(limits.answer, channel) }

  /// The response has been taken.
  func answered(on channel: any Channel) {
    phase = .idle
    wait(limits.idle, channel)
  }

  /// The response is a stream.
  func streaming() {
    phase = .stream
    timer?.cancel()
  }

  private func wait(_ time: TimeAmount, _ channel: any Channel) {
    timer?.cancel()
    timer = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}
