import Foundation
import Testing

extension EndToEnd {
  /// `service`: the systemd unit and its commands. Except in the last test, a script plays
  /// systemctl.
  @Suite struct Services {
    let queue = TestQueue.current

    private let userDirectory = ".config/systemd/user"

    private func printed(_ arguments: String..., path: String = "/usr/bin:/bin") async throws
      -> String
    {
      let result = try await queue.run(
        ["service", "install", "--print"] + arguments, adding: ["PATH": path])
      #expect(result.status == 0 && result.errors == "", "\(result)")
      return result.output
    }

    // MARK: - The unit

    private static let stopPost =
      #""cd \"/sys/fs/cgroup$$(sed -n 's|/[.]control$$||; s|^0::||p' /proc/self/cgroup)\" "#
      + #"&& echo '-memory -cpu' >cgroup.subtree_control""#

    @Test func `a user's unit matches the expected text`() async throws {
      #expect(
        try await printed("--user", "--count", "3", "--db", "/srv/jobs/queue.db") == """
          # Written by "queuectl service install"; "queuectl service uninstall" removes it.
          [Unit]
          Description=queuectl workers for /srv/jobs/queue.db
          Documentation=man:queuectl(1)
          RequiresMountsFor=/srv/jobs

          [Service]
          Type=exec
          ExecStart=\(Binary.path) worker start --count 3 --db /srv/jobs/queue.db
          # The PATH at installation, for the jobs.
          Environment=PATH=/usr/bin:/bin
          # A stop signals only the supervisor; each worker finishes its job and exits.
          KillMode=process
          TimeoutStopSec=infinity
          Restart=on-failure
          RestartSec=5s
          # If a job runs out of memory, only that job fails.
          OOMPolicy=continue
          # Each run gets a cgroup of its own. A cgroup that limits those below it can't have the
          # service's own process, which couldn't start again beside a run that is left.
          Delegate=yes
          ExecStopPost=-/bin/sh -c \(Self.stopPost)

          [Install]
          WantedBy=default.target

          """)
    }

    @Test func `a unit of the web server matches the expected text`() async throws {
      #expect(
        try await printed("--user", "--web", "--unix", "--readonly", "--db", "/srv/jobs/queue.db")
          == """
          # Written by "queuectl service install"; "queuectl service uninstall" removes it.
          [Unit]
          Description=queuectl web server for /srv/jobs/queue.db
          Documentation=man:queuectl(1)
          RequiresMountsFor=/srv/jobs

          [Service]
          Type=exec
          ExecStart=\(Binary.path) web --db /srv/jobs/queue.db --unix --readonly
          # It runs no jobs, so it needs no more rights than its user has.
          NoNewPrivileges=yes
          # The address has the token, which isn't for everyone who reads the journal.
          StandardOutput=null
          Restart=on-failure
          RestartSec=5s
          MemoryMax=128M

          [Install]
          WantedBy=default.target

          """)
      let unit = try await printed(
        "--system", "--run-as", "root", "--web", "--public-url", "https://ci.example.org/50%")
      #expect(unit.contains(" --public-url https://ci.example.org/50%%\n"), "\(unit)")
      #expect(unit.contains("\nUser=root\n") && unit.contains("\nWantedBy=multi-user.target\n"))
    }

    @Test func `the unit names the path by which the binary was called, link or not`() async throws
    {
      mkdir(queue.file("bin"), 0o700)
      let link = queue.file("bin/queuectl")
      try #require(symlink(Binary.path, link) == 0)
      for (line, found) in [
        ("queuectl", link), (link, link), ("bin/queuectl", link), ("./bin/queuectl", link),
        ("bin/../bin/queuectl", Binary.path),
      ] {
        let result = try await queue.run(
          program: "/bin/sh", ["sh", "-c", "exec \(line) service install --user --print"],
          adding: ["PATH": "\(queue.file("bin")):/usr/bin:/bin"])
        #expect(result.output.contains("\nExecStart=\(found) worker start "), "\(line): \(result)")
      }
    }

    @Test func `a system unit names the user of the jobs, and starts at boot`() async throws {
      let unit = try await printed(
        "--system", "--run-as", "root", "--stop-timeout", "10m", "--queue", "a", "--queue", "b",
        "--trust-others")
      for line in [
        "User=root", "WantedBy=multi-user.target", "TimeoutStopSec=600s",
        "ExecStart=\(Binary.path) worker start --count 1 --db \(queue.database) --trust-others "
          + "--queue a --queue b",
      ] {
        #expect(unit.contains("\n\(line)\n"), "\(line) isn't in:\n\(unit)")
      }
    }

    @Test(.needsStranger)
    func `a system unit runs as the owner of the database`() async throws {
      try await queue.succeed("enqueue", "true")
      let nobody = try #require(getpwnam("nobody")?.pointee.pw_uid)
      #expect(chown(queue.database, nobody, nobody) == 0)
      #expect(try await printed("--system").contains("\nUser=nobody\n"))
      #expect(chown(queue.database, uid_t(Conditions.stranger), 0) == 0)
      let result = try await queue.run("service", "install", "--system", "--print")
      #expect(result.status == 1 && result.errors.contains("pass --run-as USER"), "\(result)")
    }

    @Test func `a database that doesn't exist gets no system unit without a user`() async throws {
      let result = try await queue.run("service", "install", "--system", "--print")
      #expect(result.status == 1 && result.output == "", "\(result)")
      #expect(result.errors.contains("pass --run-as USER"), "\(result)")
    }

    @Test func `a queue that workers would refuse gets no service, unless told to trust others`()
      async throws
    {
      try await queue.succeed("enqueue", "true")
      chmod(queue.file("data"), 0o777)
      let refused = try await queue.run("service", "install", "--user", "--print")
      #expect(refused.status == 1 && refused.output == "", "\(refused)")
      #expect(
        refused.errors.contains("\(queue.file("data")) is writable by other users")
          && refused.errors.contains("--trust-others"), "\(refused)")
      #expect(try await printed("--user", "--trust-others").contains(" --trust-others\n"))
    }

    @Test(.needsStranger)
    func `the permission check is for the user who will run the jobs`() async throws {
      try await queue.succeed("enqueue", "true")
      let nobody = try #require(getpwnam("nobody")?.pointee.pw_uid)
      #expect(chown(queue.database, nobody, nobody) == 0)
      let arguments = ["service", "install", "--system", "--print", "--run-as"]
      let refused = try await queue.run(arguments + ["root"])
      #expect(refused.status == 1 && refused.errors.contains("belongs to nobody"), "\(refused)")
      let taken = try await queue.run(arguments + ["nobody"])
      #expect(taken.status == 0, "\(taken)")
    }

    @Test func `systemd's special characters are escaped`() async throws {
      let unit = try await printed(
        "--user", "--db", "/srv/50% $HOME \"q\"/q\\.db", "--queue", "a$b", path: "/a b:/c%d$e")
      for line in [
        #"Environment="PATH=/a b:/c%%d$e""#,
        #"RequiresMountsFor="/srv/50%% $HOME \"q\"""#,
        #"Description=queuectl workers for /srv/50%% $HOME "q"/q\x5c.db"#,
      ] {
        #expect(unit.contains("\n\(line)\n"), "\(line) isn't in:\n\(unit)")
      }
      #expect(
        unit.contains(#" --db "/srv/50%% $$HOME \"q\"/q\\.db" --queue a$$b"# + "\n"), "\(unit)")
    }

    @Test func `a path that ends in a backslash doesn't join the unit's next line`()
      async throws
    {
      let unit = try await printed("--user", "--db", "/srv/odd\\/queue\\", path: "/bin\\")
      for line in unit.split(separator: "\n") {
        #expect(!line.hasSuffix("\\"), "\(line)")
      }
      #expect(
        unit.contains("Description=queuectl workers for /srv/odd\\x5c/queue\\x5c\n"), "\(unit)")
    }

    @Test(
      .needs(program: "systemd-analyze"),
      arguments: [
        ["--user", "--count", "3"], ["--user", "--web", "--unix"],
        ["--system", "--run-as", "root", "--queue", "mail"],
      ])
    func `systemd accepts a unit without warnings`(arguments: [String]) async throws {
      let unit = try await queue.run(
        ["service", "install", "--print"] + arguments + ["--db", queue.file("50% $A b.db")])
      // A missing manual page isn't a fault of the unit.
      try queue.write(
        unit.output.replacing("Documentation=man:queuectl(1)\n", with: ""), to: "queuectl.service")
      let result = try await queue.shell(
        "systemd-analyze \(arguments[0]) verify ./queuectl.service",
        adding: ["XDG_RUNTIME_DIR": queue.path])
      #expect(result.status == 0 && !result.errors.contains("queuectl.service"), "\(result)")
    }

    @Test(.needsRoot)
    func `as process 1 of a container, a TERM lets the job finish and keeps the rest waiting`()
      async throws
    {
      try await queue.succeed(
        "enqueue", "--id", "first",
        "kill -TERM 1; until grep -q 'r [s]topping' said; do sleep 0.1; done; echo $$ > ended")
      try await queue.succeed("enqueue", "--id", "second", "true")
      let result = try await queue.shell(
        "exec unshare --pid --fork --mount-proc queuectl worker start > said")
      #expect(result.status == 0, "\(result)")
      #expect(try queue.lines(of: "ended").count == 1)
      #expect(try await queue.job("first").state == "completed")
      #expect(try await queue.job("second").state == "pending")
    }

    // MARK: - Commands

    /// Runs a shell command where systemd seems to run; a script plays its command.
    private func underSystemd(_ line: String) async throws -> Finished {
      let fake = queue.file("fake")
      try FileManager.default.createDirectory(atPath: fake, withIntermediateDirectories: true)
      try FileContents.write(
        """
        #!/bin/sh
        echo "$*" >> '\(queue.file("told"))'
        if [ "$2" = show ]; then cat '\(queue.file("properties"))'; fi
        exec test ! -e '\(queue.file("broken"))'
        """, to: "\(fake)/systemctl")
      chmod("\(fake)/systemctl", 0o755)
      return try await queue.shell(
        """
        exec unshare -m sh -c '
          mount -t tmpfs none /run && mkdir -p /run/systemd/system &&
            PATH="$PWD/fake:$PATH" && \(line)'
        """)
    }

    @Test(.needsRoot)
    func `install writes, enables and starts the unit; uninstall undoes it all`() async throws {
      let path = queue.file("\(userDirectory)/queuectl.service")
      let installed = try await underSystemd("queuectl service install --user --count 2")
      #expect(installed.status == 0, "\(installed)")
      #expect(installed.output == "\(path) written, enabled and started\n", "\(installed)")
      #expect(installed.errors.contains("loginctl enable-linger"), "\(installed)")
      let unit = String(decoding: try FileContents.read(path), as: UTF8.self)
      #expect(unit.contains(" --count 2 "))
      #expect(
        try queue.lines(of: "told") == [
          "--user daemon-reload", "--user enable queuectl.service", "--user start queuectl.service",
        ])

      let again = try await underSystemd("queuectl service install --user --count 3")
      #expect(again.status == 0 && again.output.contains("restart queuectl.service"), "\(again)")
      #expect(
        String(decoding: try FileContents.read(path), as: UTF8.self).contains(" --count 3 "))

      try queue.write("", to: "told")
      let removed = try await underSystemd("queuectl service uninstall --user")
      #expect(removed.status == 0 && removed.output == "\(path) removed\n", "\(removed)")
      #expect(
        try queue.lines(of: "told") == [
          "--user disable --now queuectl.service", "--user daemon-reload",
        ])
      #expect(!FileManager.default.fileExists(atPath: path))
      let none = try await underSystemd("queuectl service uninstall --user")
      #expect(none.status == 1 && none.errors.contains("nothing to remove"), "\(none)")
    }

    @Test(.needsRoot)
    func `another program's unit is unchanged`() async throws {
      let directory = queue.file(userDirectory)
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      let path = "\(directory)/mine.service"
      let text = "[Service]\nExecStart=/bin/true\n"
      try FileContents.write(text, to: path)
      for command in ["install", "uninstall"] {
        let result = try await underSystemd("queuectl service \(command) --user --name mine")
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains("\(path) wasn't written by"), "\(result)")
      }
      #expect(String(decoding: try FileContents.read(path), as: UTF8.self) == text)
      #expect(try queue.lines(of: "told").isEmpty)
    }

    @Test(.needsRoot)
    func `a failure of systemctl is reported with its command`() async throws {
      try queue.write("", to: "broken")
      let result = try await underSystemd("queuectl service install --user")
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains("\"systemctl --user daemon-reload\" failed"), "\(result)")
    }

    @Test(.needsRoot)
    func `status shows systemd's answers`() async throws {
      try queue.write(
        """
        LoadState=loaded
        ActiveState=active
        SubState=running
        UnitFileState=enabled
        MainPID=123
        NRestarts=0
        FragmentPath=/home/me/.config/systemd/user/queuectl.service

        """, to: "properties")
      let running = try await underSystemd("queuectl service status --user")
      #expect(running.status == 0, "\(running)")
      #expect(
        running.output == """
          service   queuectl.service
          unit      /home/me/.config/systemd/user/queuectl.service
          state     active (running)
          at boot   yes
          pid       123
          restarts  0

          """)
      let fields = try await underSystemd("queuectl service status --user --json")
      var comparison = ShapeComparison(
        try DocumentedShapes(DocumentText.lines(of: "docs/json.md")))
      comparison.compare(try JSONValue(parsing: fields.output), with: "service")
      #expect(comparison.problems.isEmpty, "\(fields)")
      try queue.write("LoadState=not-found\nActiveState=inactive\nMainPID=0\n", to: "properties")
      let none = try await underSystemd("queuectl service status --user --json")
      #expect(none.status == 1, "\(none)")
      let object = try JSON.object(none.output)
      #expect(object["installed"] as? Bool == false && object["running"] as? Bool == false)
      #expect(object["pid"] is NSNull && object["unit"] is NSNull, "\(object)")
    }

    @Test(
      .enabled(
        if: !FileManager.default.fileExists(atPath: "/run/systemd/system"),
        "systemd runs this machine"),
      arguments: ["install", "uninstall", "status"], ["--user", "--system"])
    func `without systemd it reports that and changes nothing`(
      command: String, scope: String
    ) async throws {
      try await queue.succeed("enqueue", "true")
      let result = try await queue.run("service", command, scope)
      #expect(result.status == 1 && result.output == "", "\(result)")
      #expect(result.errors.contains("systemd isn't running"), "\(result)")
      let remedy = "\"queuectl service install \(scope) --print\" shows the unit"
      #expect(result.errors.contains(remedy) == (command == "install"), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file(".config")))
    }

    @Test(arguments: [
      ["service", "install"], ["service", "install", "--user", "--system"],
      ["service", "install", "--user", "--count", "0"],
      ["service", "install", "--user", "--run-as", "root"],
      ["service", "install", "--user", "--web", "--count", "2"],
      ["service", "install", "--user", "--web", "--listen", "0.0.0.0:80"],
      ["service", "install", "--user", "--readonly"],
      ["service", "install", "--user", "--name", "../evil"],
      ["service", "install", "--user", "--name", ""],
      ["service", "install", "--user", "--stop-timeout", "soon"],
    ])
    func `contradictory options are refused`(arguments: [String]) async throws {
      let result = try await queue.run(arguments)
      #expect(result.status == 64 && result.output == "", "\(result)")
    }

    // MARK: - With systemd itself

    @Test(.needsUserSystemd)
    func `under systemd a stop waits for the job, and a dead supervisor is replaced`()
      async throws
    {
      let result = try await queue.shell(
        UserSystemd.line,
        adding: [
          "SCRIPT": """
          set -e
          mkfifo started gate
          job='echo > started; read _ < gate; echo $QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT >> ended'
          queuectl enqueue --id first "$job"
          queuectl service install --user
          read -r _ < started
          kill -9 "$(systemctl --user show -p MainPID --value queuectl)"
          until [ "$(systemctl --user show -p NRestarts --value queuectl)" = 1 ]; do sleep 0.1; done
          echo > gate
          queuectl wait first
          queuectl enqueue --id second "$job"
          read -r _ < started
          systemctl --user stop --no-block queuectl
          systemctl --user show -p ActiveState --value queuectl
          echo > gate
          systemctl --user stop queuectl
          queuectl service status --user --json || echo "status $?"
          queuectl service uninstall --user
          """
        ])
      #expect(result.status == 0, "\(result)")
      let state = result.lines.filter { $0 == "deactivating" || $0 == "status 1" }
      #expect(state == ["deactivating", "status 1"], "\(result)")
      #expect(try queue.lines(of: "ended") == ["first 1", "second 1"], "\(result)")
      #expect(try await queue.jobs().map(\.state) == ["completed", "completed"])
    }
  }
}
