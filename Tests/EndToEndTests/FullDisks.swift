import Foundation
import Testing

extension EndToEnd {
  /// Full disks under the database or the logs.
  @Suite(.needsRoot)
  struct FullDisks {
    let queue = TestQueue.current

    @Test func `FAULT 60: on a full disk nothing is half stored, and work resumes with room`()
      async throws
    {
      let disks = try await SmallDisks(queue, [(queue.file("data"), "size=4m")])
      let held = try HeldJobs(queue)
      try queue.write(held.command, to: "held.sh")
      var printed = try await disks.shell("queuectl enqueue --id first -- sh held.sh").lines
      let workers = try queue.startShell(disks.line("exec queuectl worker start"))
      _ = try await held.nextStart()
      try await disks.shell("! head -c 8M /dev/zero > data/ballast").expectSuccess()

      // Some jobs may still fit into the WAL.
      let long = String(repeating: "x", count: 50_000)
      var refusal: Finished?
      for number in 1...100 {
        let batch = ["a", "b"].map { #"{"id":"\#($0)\#(number)","command":": \#(long)"}"# }
        let result = try await disks.shell(
          "queuectl enqueue -", input: batch.joined(separator: "\n") + "\n")
        if result.status != 0 {
          refusal = result
          break
        }
        printed += result.lines
      }
      let refused = try #require(refusal, "the disk was never full")
      #expect(refused.status == 1)
      #expect(refused.output == "", "\(refused)")
      #expect(refused.errors.contains("the disk or the quota is full"), "\(refused)")
      #expect(try await ids(disks) == Set(printed))
      let doctor = try await disks.shell("queuectl doctor")
      #expect(doctor.status == 1 && doctor.output.contains("free some space"), "\(doctor)")

      // The job ends while its end can't be stored.
      held.release()
      try await workers.line(containing: "the disk or the quota is full")
      try await disks.shell("rm data/ballast").expectSuccess()
      try await workers.line(containing: "first completed")
      printed += try await disks.shell("queuectl enqueue --id last true").lines
      try await workers.line(containing: "last completed")
      #expect(try await ids(disks) == Set(printed))
      #expect(printed.last == "last")
      let sound = try await disks.shell("queuectl doctor --thorough; queuectl worker stop")
      #expect(sound.status == 0, "\(sound)")
      #expect(!sound.output.contains("damaged"), "\(sound)")
      #expect(try await workers.exit() == 0)
      try await disks.remove()
    }

    private func ids(_ disks: SmallDisks) async throws -> Set<String> {
      let list = try await disks.shell("queuectl list --json")
      try #require(list.status == 0, "\(list)")
      return Set(try JSON.decode([JobRecord].self, from: list.output).map(\.id))
    }

    @Test func `FAULT 70: doctor reports a lack of inodes in advance`() async throws {
      let disks = try await SmallDisks(queue, [(queue.file("data"), "size=200m,nr_inodes=500")])
      try await disks.shell("queuectl enqueue true").expectSuccess()
      let doctor = try await disks.shell("queuectl doctor")
      #expect(doctor.status == 1, "\(doctor)")
      let line = try #require(doctor.lines.first { $0.contains("inodes are free") }, "\(doctor)")
      #expect(line.contains("each run's log takes one"), "\(doctor)")
      #expect(try #require(line.firstMatch(of: /only (\d+) inodes/)).1.count == 3, "\(line)")
      #expect(doctor.output.contains("remove files: without inodes no job can start"), "\(doctor)")
      try await disks.remove()
    }

    @Test func `FAULT 61: a job that fills the logs' disk fails with that reason`()
      async throws
    {
      let logs = queue.file("data/queue.db.d/logs")
      let disks = try await SmallDisks(queue, [(logs, "size=64k")])
      try await disks.shell("queuectl config set max-retries 0").expectSuccess()
      let workers = try queue.startShell(disks.line("exec queuectl worker start"))
      try await disks.shell("queuectl enqueue --id talks -- head -c 1M /dev/zero").expectSuccess()
      try await workers.line(containing: "talks failed")
      #expect(try await queue.job("talks").error?.lowercased().contains("no space") == true)
      try await disks.shell("queuectl dlq list; rm -r data/queue.db.d/logs/*").expectSuccess()
      try await disks.shell("queuectl enqueue --id later true").expectSuccess()
      try await workers.line(containing: "later completed")
      try await disks.shell("queuectl worker stop").expectSuccess()
      #expect(try await workers.exit() == 0)
      try await disks.remove()
    }

    @Test(arguments: ["size=64k", "size=1m,nr_inodes=2"])
    func `FAULT 70: without room for its log a job waits without spending a retry`(
      options: String
    ) async throws {
      let logs = queue.file("data/queue.db.d/logs")
      let disks = try await SmallDisks(queue, [(logs, options)])
      _ = try await disks.shell("head -c 1M /dev/zero > data/queue.db.d/logs/ballast")
      try await disks.shell("queuectl config set max-retries 0").expectSuccess()
      let workers = try queue.startShell(disks.line("exec queuectl worker start"))
      try await disks.shell("queuectl enqueue --id talks -- echo hello").expectSuccess()
      try await workers.line(containing: "talks can't start yet: ")
      #expect(workers.transcript.text.lowercased().contains("no space"))
      let faces = try await disks.shell("queuectl doctor; queuectl status; queuectl explain talks")
      #expect((faces.output + faces.errors).count(of: "No space left") >= 3, "\(faces)")

      try await disks.shell("rm data/queue.db.d/logs/ballast").expectSuccess()
      if options.contains("inodes") {
        // The ballast was the only file; its inode goes to the logs' directory.
        try await disks.shell("mount -o remount,nr_inodes=100 data/queue.db.d/logs").expectSuccess()
      }
      try await workers.line(containing: "talks completed")
      let job = try await queue.job("talks")
      #expect(job.attempts == 1)
      let sound = try await disks.shell("queuectl doctor; queuectl worker stop")
      #expect(!sound.output.contains("can't start"), "\(sound)")
      #expect(try await workers.exit() == 0)
      try await disks.remove()
    }
  }

  /// Files of another user, or without write permission.
  @Suite(.needsStranger)
  struct ClosedFiles {
    let queue = TestQueue.current

    private func asStranger(_ line: String) async throws -> Finished {
      try await queue.shell(
        "exec setpriv --reuid=\(Conditions.stranger) --regid=\(Conditions.stranger) --clear-groups "
          + "\(line)"
      )
    }

    private static let commands = [
      "enqueue true", "config set max-retries 1", "worker start --drain",
    ]

    @Test(arguments: [mode_t(0o700), 0o755])
    func `FAULT 62: another user is told whose file it is, and never sees an empty queue`(
      mode: mode_t
    ) async throws {
      try await queue.succeed("enqueue", "--id", "ours", "true")
      chmod(queue.path, 0o755)
      chmod(queue.file("data"), mode)
      for command in Self.commands + ["status", "list", "doctor"] {
        let result = try await asStranger("queuectl \(command)")
        #expect(result.status == 1, "\(result)")
        let text = result.errors + result.output
        #expect(text.contains(queue.database), "\(result)")
        #expect(text.contains("uid \(Conditions.stranger)"), "\(result)")
        #expect(!text.contains("no queue yet"), "\(result)")
      }
      #expect(try await queue.jobs().map(\.id) == ["ours"])
    }

    @Test
    func `FAULT 62: with read permission only, changes are refused`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "ours", "true")
      chmod(queue.path, 0o755)
      chmod(queue.file("data"), 0o755)
      for suffix in ["", "-wal", "-shm"] { chmod(queue.database + suffix, 0o644) }
      let status = try await asStranger("queuectl status")
      #expect(status.status == 0 && status.output.contains("pending:    1"), "\(status)")
      let list = try await asStranger("queuectl list")
      #expect(list.status == 0 && list.output.contains("ours"), "\(list)")
      for command in Self.commands {
        let result = try await asStranger("queuectl \(command)")
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains(queue.database), "\(result)")
      }
      let refusal = try await asStranger("queuectl enqueue true")
      let cause =
        "\(queue.database) belongs to root with mode 644, and this is uid \(Conditions.stranger)"
      #expect(refusal.errors.hasSuffix("\(cause): run it as root\n"), "\(refusal)")
      let doctor = try await asStranger("queuectl doctor")
      #expect(doctor.status == 1 && doctor.output.contains("rights: \(cause)"), "\(doctor)")
      #expect(try await queue.jobs().map(\.id) == ["ours"])
    }

    @Test func `FAULT 62: its own user is told which rights are missing, and the remedy`()
      async throws
    {
      chmod(queue.path, 0o755)
      mkdir(queue.file("data"), 0o700)
      let stranger = uid_t(Conditions.stranger)
      #expect(chown(queue.file("data"), stranger, stranger) == 0)
      try await asStranger("queuectl enqueue true").expectSuccess()
      try await asStranger("queuectl worker start --drain").expectSuccess()
      let sound = try await asStranger("queuectl doctor")
      #expect(sound.status == 0 && sound.output.contains("ok       rights: "), "\(sound)")

      let files = ["", "-wal", "-shm"].map { queue.database + $0 }
      for file in files { chmod(file, 0o400) }
      let closedFile = try await asStranger("queuectl doctor")
      #expect(closedFile.status == 1, "\(closedFile)")
      #expect(
        closedFile.output.contains(
          """
          problem  rights: \(queue.database) has mode 400
                   chmod u+rw \(queue.database)

          """), "\(closedFile)")
      let refusal = try await asStranger("queuectl enqueue true")
      #expect(
        refusal.status == 1 && refusal.errors.hasSuffix("chmod u+rw \(queue.database)\n"),
        "\(refusal)")
      for file in files { chmod(file, 0o600) }

      let directory = queue.database + ".d"
      chmod(directory, 0o600)
      let start = try await asStranger("queuectl worker start --drain")
      #expect(start.status == 1, "\(start)")
      #expect(
        start.errors.contains("(\(directory) has mode 600: chmod u+rwx \(directory))"), "\(start)")
      let closed = try await asStranger("queuectl doctor")
      #expect(closed.status == 1, "\(closed)")
      #expect(closed.output.contains("problem  rights: \(directory) has mode 600"), "\(closed)")
      #expect(closed.output.contains("can't be checked (\(directory) has mode 600)"), "\(closed)")
      #expect(!closed.output.contains("as a user with access"), "\(closed)")
      chmod(directory, 0o700)
      try await asStranger("queuectl worker start --drain").expectSuccess()
    }

    @Test func `FAULT 62: status works on a read-only file system`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "ours", "true")
      let data = queue.file("data")
      let result = try await queue.shell(
        """
        exec unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" &&
        queuectl status; queuectl enqueue true; echo "ended with $?"; queuectl worker start --drain;
        echo "ended with $?"; queuectl doctor; echo "ended with $?"' '\(data)'
        """)
      #expect(result.output.contains("pending:    1"), "\(result)")
      #expect(result.lines.filter { $0 == "ended with 1" }.count == 3, "\(result)")
      let cause = "\(queue.database) is on a file system that is mounted read-only"
      #expect(result.errors.contains("can't be written: \(cause)"), "\(result)")
      #expect(result.output.contains("problem  rights: \(cause)"), "\(result)")
      #expect(try await queue.jobs().map(\.id) == ["ours"])
    }
  }
}

extension String {
  /// The number of occurrences of a text.
  fileprivate func count(of text: String) -> Int { components(separatedBy: text).count - 1 }
}
