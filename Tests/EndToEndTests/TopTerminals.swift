import Foundation
import Testing

extension EndToEnd {
  /// `queuectl top` on terminals of all kinds, each restored afterwards.
  @Suite struct TopTerminals {
    let queue = TestQueue.current

    private static let leavesScreen = "\u{1B}[?1049l"

    @Test(arguments: ["xterm-256color", "tmux-256color", "screen", "linux", "vt100", "nosuch"])
    func `it starts and quits, and restores the terminal`(terminal: String) async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let top = try TopScreen(queue, adding: ["TERM": terminal])
      try await top.shows("waiting")
      #expect(!top.terminal.isAsAShellWantsIt)
      #expect(try await top.quit() == 0)
      #expect(top.terminal.isAsAShellWantsIt)
      if terminal.contains("256") || terminal == "nosuch" {
        #expect(top.sent.contains(Self.leavesScreen))
      } else if terminal != "screen" {
        var screen = PaintedScreen(columns: 80, rows: 24)
        screen.take(top.sent)
        #expect(screen.text.contains("waiting") && screen.text.hasSuffix("\n"), "room for a prompt")
      }
    }

    @Test(arguments: ["dumb", ""])
    func `on a terminal that can't draw, one snapshot is printed`(terminal: String) async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let top = try TopScreen(queue, adding: ["TERM": terminal])
      #expect(try await top.end() == 0)
      #expect(top.sent.contains("waiting"))
      #expect(top.sent.contains("queuectl: the terminal"))
      #expect(!top.sent.contains("\u{1B}"))
    }

    @Test(
      arguments: [
        (["LC_ALL": "C"], false), (["LC_ALL": "xx_YY.UTF-8"], true),
        (["LANG": nil], false), (["LC_ALL": "", "LANG": "C.UTF-8"], true),
      ] as [([String: String?], Bool)])
    func `an ASCII terminal gets only ASCII`(
      locale: [String: String?], isUnicode: Bool
    ) async throws {
      try await queue.succeed("enqueue", "--id", "größe", "echo ä")
      let top = try TopScreen(queue, adding: locale)
      try await top.shows(isUnicode ? "größe" : "gr??e")
      #expect(try await top.quit() == 0)
      #expect(top.sent.utf8.allSatisfy { $0 < 0x80 } == !isUnicode)
    }

    @Test func `colours are used unless they are disabled`() async throws {
      try await queue.succeed("enqueue", "--id", "broken", "--max-retries", "0", "exit 1")
      try await queue.drain()
      let colored = try TopScreen(queue)
      try await colored.shows("broken")
      #expect(try await colored.quit() == 0)
      #expect(Self.hasColor(colored.sent))
      let variables = [["NO_COLOR": "1"], ["TERM": "xterm-mono"]]
      for adding in variables as [[String: String?]] {
        let plain = try TopScreen(queue, adding: adding)
        try await plain.shows("broken")
        #expect(try await plain.quit() == 0)
        #expect(!Self.hasColor(plain.sent), "\(adding)")
      }
    }

    private static func hasColor(_ text: String) -> Bool {
      text.range(of: "\u{1B}\\[([0-9]*;)*3[0-8][;m]", options: .regularExpression) != nil
    }

    // MARK: Pagers

    /// A pager that ignores a signal, prints that it runs, and waits.
    private func pager(_ then: String, ignoring signal: String?) throws -> [String: String?] {
      let trap = signal.map { "trap '' \($0); " } ?? ""
      try queue.write("\(trap)echo paging $$; \(then)\n", to: "pager.sh")
      return ["PAGER": "sh \(queue.file("pager.sh"))"]
    }

    private func openPager(
      _ then: String, ignoring signal: String? = nil
    ) async throws -> TopScreen {
      try await queue.succeed("enqueue", "--id", "job", "echo hi")
      try await queue.drain()
      let top = try TopScreen(queue, adding: try pager(then, ignoring: signal))
      try await top.type("6", thenShows: "job")
      try await top.type("L", thenShows: "paging ")
      return top
    }

    @Test(arguments: [
      (SIGTERM, "exec sleep 300", nil), (SIGHUP, "exec sleep 300", nil),
      (SIGTERM, "read line; read line", "TERM"),
    ])
    func `a signal ends it while its pager is open, and the pager with it`(
      signal: Int32, pager: String, ignored: String?
    ) async throws {
      let top = try await openPager(pager, ignoring: ignored)
      top.process.signal(signal)
      #expect(try await top.end() == 128 + Int(signal))
      #expect(top.terminal.isAsAShellWantsIt)
      let line = try #require(top.sent.split(separator: "paging ").last)
      let pid = try #require(Int32(line.prefix { $0.isNumber }))
      #expect(kill(pid, 0) != 0 && errno == ESRCH, "the pager, pid \(pid), goes on")
    }

    @Test func `keys typed while the pager is open go to the pager`() async throws {
      let top = try await openPager("read line; echo read $line; read end", ignoring: "QUIT")
      top.terminal.type("\u{1C}hello\n")
      try await top.terminal.shows("read hello")
      try await top.type("\n", thenShows: "WORKERS none")
      #expect(try await top.quit() == 0)
    }

    // MARK: Sizes

    @Test func `it follows the size of the terminal, down to the smallest`() async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let top = try TopScreen(queue, columns: 120)
      try await top.shows("waiting")
      for (columns, rows, text) in [
        (40, 8, "P 1 R 0"), (10, 2, "too small"), (25, 3, "P 1 R 0"), (120, 40, "waiting"),
      ] as [(UInt16, UInt16, String)] {
        let before = top.sent.utf8.count
        top.terminal.resize(columns: columns, rows: rows)
        try await offPool {
          let isShown = top.terminal.screen.waitUntil(atMost: Patience.usual) { sent in
            var screen = PaintedScreen(columns: Int(columns), rows: Int(rows))
            screen.take(String(decoding: sent.utf8.dropFirst(before), as: UTF8.self))
            return screen.text.contains(text)
          }
          guard isShown else { throw Surprise("nothing was drawn for \(columns)x\(rows)") }
        }
      }
      #expect(try await top.quit() == 0)
    }

    // MARK: Ending

    @Test(arguments: [(SIGTERM, 143), (SIGHUP, 129), (SIGINT, 0)])
    func `a signal ends it and restores the terminal`(signal: Int32, status: Int) async throws {
      let top = try TopScreen(queue)
      try await top.shows("No queue exists yet")
      top.process.signal(signal)
      #expect(try await top.end() == status)
      #expect(top.terminal.isAsAShellWantsIt)
      #expect(top.sent.contains(Self.leavesScreen))
    }

    /// A stopped terminal (^S) or a stalled connection blocks writers.
    @Test(arguments: [SIGTERM, SIGHUP])
    func `a signal ends it while the terminal is stopped`(signal: Int32) async throws {
      let top = try TopScreen(queue)
      try await top.shows("No queue exists yet")
      top.terminal.type("\u{13}")
      top.process.signal(signal)
      let status = try await top.process.exit()
      #expect([128 + Int(signal), -Int(signal)].contains(status), "\(status)")
      #expect(top.terminal.isAsAShellWantsIt)
    }

    @Test(arguments: [SIGSEGV, SIGABRT, SIGILL])
    func `a crash restores the terminal`(signal: Int32) async throws {
      let top = try TopScreen(queue, adding: ["SWIFT_BACKTRACE": "enable=no"])
      try await top.shows("No queue exists yet")
      top.process.signal(signal)
      #expect(try await top.end() == -Int(signal))
      #expect(top.terminal.isAsAShellWantsIt)
      #expect(top.sent.contains(Self.leavesScreen))
    }

    @Test func `it can be ended in the background, stopped by the terminal`() async throws {
      let terminal = try Terminal()
      // As with timeout, it gets its own process group.
      let shell = try queue.start(
        program: "/bin/sh", ["sh", "-c", "timeout 1 \(Binary.path) top; echo \"ended: $?\""],
        adding: ["TERM": "xterm-256color"], streams: .terminal(terminal.path))
      terminal.show()
      try await terminal.shows("ended: 124")
      #expect(try await shell.exit() == 0)
      #expect(terminal.isAsAShellWantsIt)
    }

    @Test func `it can be ended while the shell has stopped it`() async throws {
      let terminal = try Terminal()
      let shell = try queue.start(
        program: "/bin/bash",
        [
          "bash", "-c",
          // It may be continued and stopped again before the signal arrives.
          "set -m; \(Binary.path) top; echo \"stopped: $?\"; kill -TERM %1; kill -CONT %1; while "
            + "wait %1; s=$?; test $s = 150; do sleep 0.1; done; echo \"ended: $s\"",
        ],
        adding: ["TERM": "xterm-256color"], streams: .terminal(terminal.path))
      terminal.show()
      try await terminal.shows("No queue exists yet")
      terminal.type("\u{1A}")
      try await terminal.shows("stopped: ")
      try await terminal.shows("ended: 143")
      #expect(try await shell.exit() == 0)
      #expect(terminal.isAsAShellWantsIt)
    }

    @Test func `it ends when the terminal hangs up`() async throws {
      let top = try TopScreen(queue)
      try await top.shows("No queue exists yet")
      try top.terminal.hangUp()
      #expect(try await top.process.exit() == 128 + Int(SIGHUP))
    }

    @Test func `^Z stops it, and fg redraws it`() async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let terminal = try Terminal()
      let shell = try queue.start(
        program: "/bin/sh", ["sh", "-c", "set -m; \(Binary.path) top; echo \"stopped: $?\"; fg"],
        adding: ["TERM": "xterm-256color"], streams: .terminal(terminal.path))
      terminal.show()
      try await terminal.shows("waiting")
      terminal.type("\u{1A}")
      try await terminal.shows("stopped: ")
      #expect(terminal.screen.text.contains(Self.leavesScreen))
      try await offPool {
        let isBack = terminal.screen.waitUntil(atMost: Patience.usual) { sent in
          sent.components(separatedBy: "stopped: ").last?.contains("waiting") == true
        }
        guard isBack else { throw Surprise("it didn't come back: \(terminal.screen.text)") }
      }
      terminal.type("q")
      #expect(try await shell.exit() == 0)
      #expect(terminal.isAsAShellWantsIt)
    }
  }
}
