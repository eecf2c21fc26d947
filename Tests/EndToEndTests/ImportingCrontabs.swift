import Foundation
import Testing

extension EndToEnd {
  /// `schedule import-crontab`.
  @Suite struct ImportingCrontabs {
    let queue = TestQueue.current

    private func schedules() async throws -> [[String: Any]] {
      try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
    }

    /// As people have them: 15 lines that do something, comments, variables.
    private static let crontab = #"""
      # m h  dom mon dow   command
      MAILTO=ops@example.com
      PATH=/usr/local/bin:/usr/bin:/bin

      # Nightly backup
      30 2 * * *   /usr/local/bin/backup --all /srv
      */5 * * * *  cd /srv/app && php artisan schedule:run >> /dev/null 2>&1
      0 9 * * 1-5  /opt/report/bin/send-report | mail -s "Report $(date +\%F)" boss@example.com
      0 0 1 * *    /usr/sbin/logrotate /etc/logrotate.conf
      15 3 * * sun certbot renew --quiet --post-hook "systemctl reload nginx"
      @hourly      find /tmp/uploads -mmin +60 -delete
      @daily       /usr/bin/rsync -a /srv/ backup@example.com:/srv/
      @reboot      /usr/local/bin/start-tunnel
      0 */6 * * *  /opt/sync.sh
      10 4 * * *   test -x /usr/sbin/anacron || run-parts /etc/cron.daily
      SHELL=/bin/bash
      45 23 * * *  source ~/.profile; pg_dump shop | gzip > /backup/shop-$(date +\%u).gz
      0 8 25 12 *  mail -s Greetings all@example.com%Merry Christmas%from cron
      5,35 * * * * nice -n 19 /opt/sync.sh --full
      0 22 * * mon-fri wget -q -O /dev/null https://example.com/cron.php
      0 4 13 * 5   /usr/games/fortune
      """#

    @Test func `a crontab of fifteen lines is imported whole, and each line is told`() async throws
    {
      try queue.write(Self.crontab, to: "crontab")
      let dry = try await queue.run("schedule", "import-crontab", "crontab", "--dry-run")
      #expect(dry.status == 0 && dry.output.hasSuffix("would import 14 schedules\n"), "\(dry)")
      #expect(!FileManager.default.fileExists(atPath: queue.database))

      let result = try await queue.run("schedule", "import-crontab", "crontab")
      let lines = result.lines
      #expect(result.status == 0 && lines.count == 17, "\(result)")
      for line in [
        "line 2, skipped: MAILTO: nothing is mailed; \"queuectl logs\" has the output, the "
          + "DLQ the failures",
        "line 13, skipped: @reboot: a queue outlives reboots; keep the line in crontab, as "
          + "\"@reboot queuectl enqueue ...\"",
        "imported 14 schedules",
      ] {
        #expect(lines.contains(line), "\(result)")
      }
      for start in [
        "line 6, accepted: nightly-backup: at 02:30 every day, UTC; next ",
        "line 7, accepted: php: every 5 minutes every day, UTC; next ",
        "line 8, accepted: send-report: at 09:00 on every Monday to Friday, UTC; next ",
        "line 12, accepted: rsync: at 00:00 every day, UTC; next ",
        "line 17, changed: pg-dump: ", "line 18, changed: mail: ", "line 19, changed: sync.sh-2: ",
      ] {
        #expect(lines.contains { $0.hasPrefix(start) }, "\(start): \(result)")
      }
      #expect(
        result.errors.hasSuffix(
          "queuectl: the imported lines are still in the crontab: remove them there, or they run "
            + "twice\n"), "\(result)")
      let schedules = try await schedules()
      #expect(schedules.count == 14)
      let jobs = schedules.compactMap { $0["job"] as? [String: Any] }
      for job in jobs {
        #expect(job["max_retries"] as? Int == 0 && job["cwd"] as? String == NSHomeDirectory())
        #expect((job["env"] as? [String: Any])?.keys.contains("PATH") == true)
      }
      let commands = jobs.compactMap { $0["command"] as? String }
      #expect(
        commands.contains(
          #"/bin/bash -c 'source ~/.profile; pg_dump shop | gzip > /backup/shop-$(date +%u).gz'"#),
        "\(commands)")

      let again = try await queue.run("schedule", "import-crontab", "crontab")
      #expect(
        again.status == 1
          && again.errors
            == "queuectl: 14 lines refused, so nothing was imported; --keep-going imports the "
            + "others\n",
        "\(again)")
    }

    @Test func `the job of a line gets what cron would give it`() async throws {
      try queue.write(
        """
        SHELL=/bin/bash
        TEXT = a  b
        HOME=\(queue.path)
        @hourly cat > out; echo "$BASH_VERSION" | wc -w >> out; \
        echo "$TEXT|$PWD" >> out%one%two \\% three
        """, to: "crontab")
      try await queue.succeed("schedule", "import-crontab", "crontab", "--tz", "UTC")
      let job = try #require(try await schedules().first?["job"] as? [String: Any])
      let command = try #require(job["command"] as? String)
      try await queue.succeed(
        "enqueue", "--cwd", queue.path, "--env", "TEXT=a  b", "--", "sh", "-c", command)
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["one", "two % three", "1", "a  b|\(queue.path)"])
    }

    @Test func `all or nothing, unless it is to keep going`() async throws {
      let text = "0 1 * * * a\n0 22-4 * * * b\n0 25 * * * c\n0 3 * * * d\n"
      let refused = try await queue.run("schedule", "import-crontab", "-", input: text)
      #expect(refused.status == 64, "\(refused)")
      #expect(
        refused.lines.contains(
          "line 2, refused: hours: \"22-4\" runs backwards, and cron never runs it"), "\(refused)")
      #expect(refused.lines.contains("line 3, refused: hours: \"25\" isn't from 0 to 23"))
      #expect(
        refused.errors
          == "queuectl: 2 lines refused, so nothing was imported; --keep-going imports "
          + "the others\n")
      #expect(!FileManager.default.fileExists(atPath: queue.database))
      let rest = try await queue.run(
        "schedule", "import-crontab", "-", "--keep-going", "--overlap", "allow", "--missed", "none",
        input: text)
      #expect(rest.status == 1 && rest.output.hasSuffix("imported 2 schedules\n"), "\(rest)")
      let found = try await schedules()
      #expect(found.compactMap { $0["name"] as? String } == ["a", "d"])
      #expect(found.allSatisfy { $0["overlap"] as? String == "allow" })
      #expect(found.allSatisfy { $0["missed"] as? String == "none" })
    }

    @Test func `what is no crontab is refused, and nothing is made`() async throws {
      for (words, input, problem) in [
        (["nosuch"], "", "open nosuch"), (["-"], "\u{0}", "has a NUL"),
        (["-", "--tz", "A/B"], "0 1 * * * a", "zone \"A/B\" is unknown"),
        (["/etc/cron.d/nosuch"], "", "pass --system"),
        (["-"], "17 * * * * root cd / && true", "\"root\" is a user, not a program"),
        (["-", "--overlap", "often"], "0 1 * * * a", "isn't a policy of --overlap"),
      ] {
        let result = try await queue.run(["schedule", "import-crontab"] + words, input: input)
        #expect(
          result.status != 0 && (result.errors + result.output).contains(problem), "\(result)")
      }
      let empty = try await queue.run("schedule", "import-crontab", "-", input: "# nothing\n")
      #expect(empty.output == "imported 0 schedules\n" && empty.status == 0, "\(empty)")
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }
  }
}
