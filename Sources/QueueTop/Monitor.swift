import Glibc
import QueueCore
import QueueHost
public import QueueOperations

/// `queuectl top` on a terminal: reads keys and reports, and draws.
///
/// One loop waits for the terminal, signals and the poller, and for nothing else. ``MonitorState``
/// decides, ``Renderer`` draws, ``Poller`` reads and acts, ``Screen`` drives the terminal.
public final class Monitor {
  /// How the screen ended.
  public enum Ending: Equatable, Sendable {
    /// The user quit; with the last action's result if it wasn't shown.
    case quit(String?)
    /// A signal, or the terminal hung up.
    case signal(Int32)
    /// The terminal can't be used, for this reason.
    case noScreen(String)
  }

  private let options: Options
  private let dependencies: MonitorDependencies
  private let screen: Screen
  private let poller: Poller
  private let signals: TerminalSignals
  private var state: MonitorState
  private var decoder: KeyDecoder
  private var asked: ViewRequest?
  private var askedLog: LogRequest?
  private var typed = TypeAhead()
  /// The frame on the screen.
  private var frame = Frame(Size(width: 0, height: 0), [])

  /// Runs until the user quits, then restores the terminal.
  public static func run(_ options: Options, dependencies: MonitorDependencies) -> Ending {
    // Before other threads start, so that they inherit the signal mask.
    let signals = TerminalSignals()
    let screen: Screen
    do throws(Screen.Refusal) {
      screen = try open(options)
    } catch {
      let name = TerminalText.quoted(options.terminal)
      return .noScreen(
        error == .unknownTerminal
          ? "the terminal \(name) isn't known here"
          : "the terminal \(name) has no screen to draw on")
    }
    defer { screen.close() }
    return Monitor(options, dependencies, screen, signals).loop()
  }

  /// The fallback for an unknown terminal, which is most likely compatible with xterm.
  private static func open(_ options: Options) throws(Screen.Refusal) -> Screen {
    do throws(Screen.Refusal) {
      return try Screen(terminal: options.terminal, wantsColor: options.wantsColor)
    } catch {
      guard error == .unknownTerminal, !options.terminal.isEmpty else { throw error }
      return try Screen(terminal: "xterm-256color", wantsColor: options.wantsColor)
    }
  }

  private init(
    _ options: Options, _ dependencies: MonitorDependencies, _ screen: Screen,
    _ signals: TerminalSignals
  ) {
    self.options = options
    self.dependencies = dependencies
    self.screen = screen
    self.signals = signals
    poller = Poller(dependencies: dependencies)
    decoder = KeyDecoder(known: screen.keySequences())
    state = MonitorState(options, now: dependencies.now())
    if let note = options.preferencesProblem { state.say(note, isWarning: true) }
    screen.use(state.background ?? state.terminalBackground)
  }

  // MARK: The loop

  /// The time that the rest of a key may take after ESC.
  private static let escapePause = Duration.milliseconds(25)

  private func loop() -> Ending {
    apply([.resized(screen.size())])
    guard poller.start() else { return .noScreen("can't start another thread") }
    // In this thread, which the terminal may block.
    signals.listenForEnd()
    defer { poller.tell(.end) }
    while true {
      draw()
      let waits =
        decoder.isWaiting ? Self.escapePause : typed.isEmpty ? silence() : TypeAhead.patience
      let ready = Poll.wait(
        for: [
          STDIN_FILENO, signals.descriptor, poller.messages.descriptor, signals.endDescriptor,
        ], atMost: waits)
      if let ending = take(ready) {
        if case .signal = ending { finishActions() }
        return ending
      }
      if ready.isEmpty, waits == silence() {
        apply([.heard(.silence(dependencies.now()))])
      }
    }
  }

  /// After this time without a report from the poller, the screen shows that it is stale.
  private func silence() -> Duration? {
    if state.request.isPaused { return nil }
    if state.isSilent { return .seconds(1) }
    let search = state.request.isFiltered ? state.request.searchTime : .zero
    return max(state.request.interval, state.snapshot?.pace ?? .zero) + search + .seconds(2)
  }

  private func draw() {
    if asked != state.request {
      asked = state.request
      poller.tell(.request(state.request))
    }
    if askedLog != state.wantedLog {
      askedLog = state.wantedLog
      poller.tell(.log(askedLog))
    }
    frame = Renderer(state: state, theme: options.theme).frame()
    screen.draw(frame)
  }

  /// Handles what is ready, signals first.
  private func take(_ ready: [Int32]) -> Ending? {
    if let signal = signals.ending { return .signal(signal) }
    while let signal = signals.next() {
      if let ending = handle(signal) { return ending }
    }
    if let ending = apply(poller.messages.takeAll().map { .heard($0) }) { return ending }
    if let ending = readKeys(isReady: ready.contains(STDIN_FILENO)) { return ending }
    return handleTyped()
  }

  private func handle(_ signal: Int32) -> Ending? {
    switch signal {
    case SIGINT: return apply([.input(.key(.control("c")))])
    case SIGTSTP:
      screen.suspend()
      if let signal = signals.ending { return .signal(signal) }
    case SIGCONT: screen.resume()
    default: break  // SIGWINCH
    }
    return apply([.resized(screen.size())])
  }

  /// Ends if the terminal has hung up.
  private func readKeys(isReady: Bool) -> Ending? {
    var inputs: [Input] = []
    if isReady {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(STDIN_FILENO, &bytes, bytes.count)
      guard count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN)) else {
        return .signal(SIGHUP)
      }
      inputs = decoder.feed(bytes.prefix(max(0, count)))
    } else if decoder.isWaiting {
      inputs = decoder.pause()
    }
    typed.append(inputs, at: dependencies.now().uptime)
    return nil
  }

  /// Handles keys one by one, since a key may request rows that the next one applies to.
  private func handleTyped() -> Ending? {
    while let input = typed.next(
      isAwaitingRows: state.keysAwaitRows && state.trouble == nil, at: dependencies.now().uptime)
    {
      if let ending = apply([event(for: input)]) { return ending }
    }
    return nil
  }

  /// Resolves a click by what the frame shows there.
  private func event(for input: Input) -> Event {
    guard case .mouse(.click, let place) = input, let target = frame.target(at: place) else {
      return .input(input)
    }
    return .clicked(target)
  }

  // MARK: Effects

  @discardableResult
  private func apply(_ events: [Event]) -> Ending? {
    for event in events {
      for effect in state.update(event) {
        if effect == .quit { return .quit(state.unseenResult) }
        if effect == .dropInput {
          decoder = KeyDecoder(known: screen.keySequences())
          typed.drop()
          tcflush(STDIN_FILENO, TCIFLUSH)
          continue
        }
        perform(effect)
      }
    }
    return nil
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .quit, .dropInput: break
    case .redraw: screen.drawAnew()
    case .refresh: poller.tell(.refresh)
    case .act(let action):
      poller.tell(.act(action))
    case .stopAction: poller.tell(.stopAction)
    case .gather(let bulk): poller.tell(.gather(bulk))
    case .search(let search): poller.tell(.search(search))
    case .page(let run): page(dependencies.logs.log(of: run))
    case .copy(let text): Clipboard.copy(text, isInTmux: options.isInTmux, on: screen)
    case .useMouse(let wanted): screen.useMouse(wanted)
    case .use(let background): screen.use(background)
    case .keep(let bytes): keep(bytes)
    }
  }

  private func keep(_ bytes: [UInt8]) {
    guard let path = options.preferencesPath else {
      apply(say("not saved: HOME isn't set", isWarning: true))
      return
    }
    do throws(SystemError) {
      try PreferencesFile.write(bytes, to: path)
      apply(say("saved in \(path)"))
    } catch {
      apply(say("\(error)", isWarning: true))
    }
  }

  private func say(_ text: String, isWarning: Bool = false) -> [Event] {
    [.heard(.said(ActionResult(text: text, isWarning: isWarning)))]
  }

  private func page(_ path: String) {
    var problem: String?
    screen.lend {
      signals.whileLent { problem = Pager.show(path, until: signals.endDescriptor) }
    }
    // Keys typed meanwhile, such as ^C, were meant for the pager.
    while signals.next() != nil {}
    let said = problem.map { say($0, isWarning: true) } ?? []
    apply([.resized(screen.size())] + said)
  }

  /// The time left for confirmed actions after a signal.
  private static let lastPatience = Duration.seconds(1)

  private func finishActions() {
    let deadline = dependencies.now().uptime + Self.lastPatience
    while state.openActions > 0, case let rest = deadline - dependencies.now().uptime, rest > .zero
    {
      Poll.wait(for: [poller.messages.descriptor], atMost: rest)
      apply(poller.messages.takeAll().map { .heard($0) })
    }
  }
}
