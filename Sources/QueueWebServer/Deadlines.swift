import NIOCore

/// Closes a connection that takes too long: to begin, to send a request, to take an answer, or
/// between requests.
final class Deadlines: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// How long a connection may take for each.
  struct Limits {
    /// From connecting to the first byte, and from the first byte of a request to its last.
    var request = TimeAmount.seconds(5)
    /// Between two requests.
    var idle = TimeAmount.seconds(60)
    /// To take an answer.
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

  /// The whole request has come, and is being answered.
  func requestEnded() {
    phase = .answer
    timer?.cancel()
  }

  /// The answer is being sent; called again for each piece of a long one.
  func answering(on channel: any Channel) { wait(limits.answer, channel) }

  /// The answer has been taken.
  func answered(on channel: any Channel) {
    phase = .idle
    wait(limits.idle, channel)
  }

  /// The answer is a stream, which goes on.
  func streaming() {
    phase = .stream
    timer?.cancel()
  }

  private func wait(_ time: TimeAmount, _ channel: any Channel) {
    timer?.cancel()
    timer = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}
