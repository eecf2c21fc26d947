import QueueCore
import QueueTestSupport
import Testing

/// A crontab as schedules. What cron makes of a line was found by running Debian's.
@Suite struct ReadingCrontabs {
  private static let account = CrontabAccount(name: "ada", isRoot: false) { user in
    ["ada": "/home/ada", "root": "/root"][user]
  }
  private static let root = CrontabAccount(name: "root", isRoot: true) { user in
    ["root": "/root", "www": "/var/www"][user]
  }

  /// The outcome of each line in one text: `3 name | fields | command | changes`.
  private func outcomes(
    _ text: String, of account: CrontabAccount = Self.account, isSystem: Bool = false
  ) -> [String] {
    Crontab(text, of: account, isSystem: isSystem).lines.map { line in
      switch line.outcome {
      case .entry(let entry):
        let changes = entry.changes.isEmpty ? "" : " | \(entry.changes.joined(separator: "; "))"
        return "\(line.number) \(entry.name) | \(entry.cron.text) | \(entry.job.command)\(changes)"
      case .leftOut(let what, _): return "\(line.number) left out: \(what)"
      case .refused(let reason): return "\(line.number) refused: \(reason)"
      }
    }
  }

  struct Example: Sendable, CustomTestStringConvertible {
    let text: String
    let outcomes: [String]
    var testDescription: String { text }

    init(_ text: String, _ outcomes: String...) {
      self.text = text
      self.outcomes = outcomes
    }
  }

  static let examples = [
    Example(""), Example("# nothing\n\n  \t\n#"),
    Example("30 2 * * * /usr/bin/backup /srv", "1 backup | 30 2 * * * | /usr/bin/backup /srv"),
    Example(" \t30\t2 * *  * backup  a  b", "1 backup | 30 2 * * * | backup  a  b"),
    Example("0 0 * * * a\r\n0 1 * * * b\r", "1 a | 0 0 * * * | a", "2 b | 0 1 * * * | b"),
    Example("@daily rotate", "1 rotate | @daily | rotate"),
    Example("*/15 9-17 * * mon-fri,sun x", "1 x | */15 9-17 * * mon-fri,sun | x"),
    Example("@reboot start", "1 left out: @reboot"),
    Example("MAILTO=ada\nMAILFROM=\"\"", "1 left out: MAILTO", "2 left out: MAILFROM"),
    // Names.
    Example("# Nightly backup\n0 2 * * * x", "2 nightly-backup | 0 2 * * * | x"),
    Example("# Nightly backup\n\n0 2 * * * x", "3 x | 0 2 * * * | x"),
    Example("# m h  dom mon dow   command\n0 2 * * * x", "2 x | 0 2 * * * | x"),
    Example("#0 3 * * * y\n0 2 * * * x", "2 x | 0 2 * * * | x"),
    Example(
      "0 2 * * * x\n0 3 * * * /opt/x\n0 4 * * * x", "1 x | 0 2 * * * | x",
      "2 x-2 | 0 3 * * * | /opt/x", "3 x-3 | 0 4 * * * | x"),
    Example(
      "0 2 * * * cd /srv/app && FOO=1 ./Sync-All.sh -v",
      "1 sync-all.sh | 0 2 * * * | cd /srv/app && FOO=1 ./Sync-All.sh -v"),
    Example(
      "0 2 * * * test -x /usr/bin/x && nice -n 19 /usr/bin/run-it",
      "1 x | 0 2 * * * | test -x /usr/bin/x && nice -n 19 /usr/bin/run-it"),
    Example("0 2 * * * . ~/.profile; dump", "1 dump | 0 2 * * * | . ~/.profile; dump"),
    Example("0 2 * * * ::", "1 job | 0 2 * * * | ::"),
    // %.
    Example(#"0 2 * * * date +\%F"#, #"1 date | 0 2 * * * | date +%F"#),
    Example(#"0 2 * * * a 'b \\ c \d'"#, #"1 a | 0 2 * * * | a 'b \ c \d'"#),
    Example(
      #"0 2 * * * mail ada%Hello%100\% done"#,
      "1 mail | 0 2 * * * | exec <<'EOF'\nHello\n100% done\nEOF\nmail ada"
        + " | the text after % becomes its input"),
    Example(
      "0 2 * * * cat%EOF%EOF_%",
      "1 cat | 0 2 * * * | exec <<'EOF__'\nEOF\nEOF_\nEOF__\ncat"
        + " | the text after % becomes its input"),
    Example(
      "0 2 * * * cat%",
      "1 cat | 0 2 * * * | exec </dev/null\ncat | the text after % becomes its input"),
    // Variables.
    Example(
      "SHELL=/bin/bash\n0 2 * * * echo 'a b'",
      #"2 echo | 0 2 * * * | /bin/bash -c 'echo '\''a b'\''' | run by /bin/bash"#),
    Example("SHELL=/bin/sh\n0 2 * * * a", "2 a | 0 2 * * * | a"),
    Example("0 2 * * * a=1", "1 job | 0 2 * * * | a=1"),
    Example("=x", "1 refused: neither a time and a command nor NAME=value"),
    Example(
      "QUEUECTL_DB=x", "1 refused: env can't have QUEUECTL_DB: queuectl sets it for each run"),
    Example("CRON_TZ=../x", #"1 refused: zone "../x" "#),
    Example(
      "RANDOM_DELAY=soon",
      #"1 refused: RANDOM_DELAY must be minutes from 0 to 1440, not "soon""#),
    // Signs of other crons.
    Example("-*/5 * * * * a", #"1 a | */5 * * * * | a | without the leading "-""#),
    Example("0 2 * * * -n a", #"1 a | 0 2 * * * | a | without "-n""#),
    // What cron takes, and reads otherwise.
    Example("0 22-4 * * * a", #"1 refused: hours: "22-4" runs backwards, and cron never runs it"#),
    Example(
      "0 0 * * fri-mon a",
      #"1 refused: weekdays: "fri-mon" runs backwards, and cron never runs it"#),
    Example(
      "0 0 * * fri-sun a",
      #"1 refused: weekdays: "fri-sun" runs backwards, and cron never runs it"#),
    Example("0 0 * * 5-7 a", "1 a | 0 0 * * 5-7 | a"),
    Example(
      "*/100 * * * * a",
      #"1 refused: minutes: "*/100" has a step beyond the field, and cron takes its first value "#
        + "only"),
    Example(
      "1-2-3 * * * * a",
      #"1 refused: minutes: "1-2-3" is read by cron as "1-2", without the rest"#),
    Example("*5 * * * * a", #"1 refused: minutes: "*5" is read by cron as "*", without the rest"#),
    Example(
      "0 0 * * 5#2 a", #"1 refused: weekdays: "5#2" is read by cron as "5", without the rest"#),
    Example("0 0 30 2 * a", "1 refused: never happens: no year has such a day"),
    // What cron refuses, too.
    Example("60 * * * * a", #"1 refused: minutes: "60" isn't from 0 to 59"#),
    Example("0 2 * * *", "1 refused: neither a time and a command nor NAME=value"),
    Example("@every 5m a", "1 refused: @every isn't known: type --every 5m"),
    Example(
      "0 0 * * 8 a", #"1 refused: weekdays: "8" isn't from 0 to 7"#),
  ]

  @Test(arguments: examples)
  func `a line becomes what cron makes of it`(example: Example) {
    let found = outcomes(example.text)
    #expect(found.count == example.outcomes.count, "\(found)")
    for (found, expected) in zip(found, example.outcomes) {
      #expect(expected.hasSuffix(" ") ? found.hasPrefix(expected) : found == expected)
    }
  }

  @Test func `variables hold for the lines below them`() throws {
    let crontab = Crontab(
      """
      0 1 * * * first
      PATH = "/opt/bin:/bin"
      NAME =  two words \t
      QUOTED = '  x '
      CRON_TZ=Asia/Tokyo
      TZ=Europe/Paris
      RANDOM_DELAY=10
      0 2 * * * second
      NAME=other
      HOME=/srv
      CRON_TZ=
      0 3 * * * third
      """, of: Self.account)
    let entries = crontab.entries.map(\.entry)
    try #require(entries.map(\.name) == ["first", "second", "third"])
    #expect(entries[0].job.environment == [] && entries[0].job.directory == "/home/ada")
    #expect(entries.map(\.zone) == [nil, "Asia/Tokyo", nil])
    #expect(entries.map(\.spread) == [.zero, .seconds(600), .seconds(600)])
    #expect(
      entries[1].job.environment.map { "\($0.name)=\($0.value)" } == [
        "PATH=/opt/bin:/bin", "NAME=two words", "QUOTED=  x ", "TZ=Europe/Paris",
      ])
    #expect(entries[2].job.environment.last.map { "\($0.name)=\($0.value)" } == "HOME=/srv")
    #expect(entries[2].job.directory == "/srv")
    #expect(entries.allSatisfy { $0.job.maxRetries == 0 })
    #expect(crontab.notes.count == 3 && crontab.notes[1].contains("cron's /usr/bin:/bin"))
  }

  @Test func `a crontab with a PATH needs no word about it`() {
    let crontab = Crontab("PATH=/bin\n0 1 * * * a", of: Self.account)
    #expect(crontab.notes == ["failed runs aren't retried, as in cron"])
    #expect(Crontab("MAILTO=a", of: Self.account).notes == [])
  }

  @Test func `the system's crontab has a column of users`() throws {
    let text = """
      17 * * * * root run-parts /etc/cron.hourly
      0 3 * * * www php -f 'a b'
      0 4 * * * nosuch x
      0 5 * * * root
      """
    #expect(
      outcomes(text, of: Self.root, isSystem: true) == [
        "1 run-parts | 17 * * * * | run-parts /etc/cron.hourly",
        #"2 php | 0 3 * * * | runuser -u www -- /bin/sh -c 'php -f '\''a b'\''' "#
          + "| run as www by runuser",
        "3 refused: no user is called nosuch", "4 refused: not a time, a user and a command",
      ])
    let entries = Crontab(text, of: Self.root, isSystem: true).entries.map(\.entry)
    #expect(entries[1].job.directory == "/var/www")
    #expect(
      entries[1].job.environment.map { "\($0.name)=\($0.value)" } == [
        "HOME=/var/www", "LOGNAME=www", "USER=www",
      ])
    #expect(
      outcomes("0 3 * * * www x\n0 3 * * * ada x", of: Self.account, isSystem: true) == [
        "1 left out: www's job", "2 x | 0 3 * * * | x",
      ])
  }

  @Test func `a time that cron draws is drawn once for all`() throws {
    let text = "0~59 ~ 1~28 * * /opt/check"
    let entry = try #require(Crontab(text, of: Self.account).entries.first?.entry)
    #expect(Crontab(text, of: Self.account).entries.first?.entry == entry)
    let fields = entry.cron.text.split(separator: " ").map { Int($0) }
    #expect((0...59).contains(fields[0] ?? -1) && (0...23).contains(fields[1] ?? -1))
    #expect((1...28).contains(fields[2] ?? -1))
    #expect(entry.changes.count == 3 && entry.changes[0].hasPrefix("0~59 of the minutes became "))
    let other = try #require(Crontab("0~59 ~ 1~28 * * b", of: Self.account).entries.first?.entry)
    #expect(other.cron != entry.cron)
    #expect(outcomes("9~3 * * * * a").first?.hasPrefix("1 refused: ") == true)
  }

  @Test func `a user before the command is refused unless the crontab is a system's`() {
    let account = CrontabAccount(name: "ada", isRoot: false) { user in
      ["ada": "/home/ada", "root": "/root", "mail": "/var/mail"][user]
    } isProgram: { name, path in
      name == "mail" && path != "/bin"
    }
    let text = """
      17 * * * * root cd / && run-parts /etc/cron.hourly
      0 1 * * * mail bob
      0 1 * * * root -x
      0 1 * * * root
      PATH=/bin
      0 1 * * * mail bob
      """
    func refused(_ line: Int, _ user: String) -> String {
      "\(line) refused: \"\(user)\" is a user, not a program: if each line names a user, pass "
        + "--system"
    }
    #expect(
      outcomes(text, of: account) == [
        refused(1, "root"), "2 mail | 0 1 * * * | mail bob", "3 root | 0 1 * * * | root -x",
        "4 root-2 | 0 1 * * * | root", refused(6, "mail"),
      ])
    #expect(outcomes(text, of: account, isSystem: true).first == "1 left out: root's job")
  }

  @Test func `no bytes of a crontab can make it anything but lines that are taken or refused`() {
    var generator = SeededGenerator(seed: 20)
    let pieces = [
      "0", "5", "*", "/", "-", ",", "~", "%", "\\", "\"", "'", "=", " ", "\t", "#", "@daily", "mon",
      "\u{202E}", "é", "a", "SHELL", "\r", "9999999999999999999999",
    ]
    for _ in 1...3000 {
      let text = (0..<Int.random(in: 0...40, using: &generator))
        .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
      for (_, entry) in Crontab(text, of: Self.account).entries {
        #expect(throws: Never.self) {
          try NewSchedule(
            name: entry.name, ScheduleSpec(.cron(entry.cron), zone: "UTC", job: entry.job))
        }
      }
    }
  }
}
