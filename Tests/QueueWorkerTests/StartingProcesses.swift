import Foundation
import Glibc
import Testing

@testable import QueueHost
@testable import QueueWorker

@Suite("Starting processes")
struct StartingProcesses {
  @Test("all signals are at their defaults and unblocked, whatever ours are")
  func signals() throws {
    signal(SIGPIPE, SIG_IGN)
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGTERM)
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, &mask, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let lines = try output("exec grep -E '^Sig(Blk|Ign)' /proc/self/status").split(separator: "\n")
    #expect(lines.count == 2)
    for line in lines {
      let set = try #require(line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
      // Signals 32 and 33 belong to the C library, which ignores them in its children.
      #expect(set & ~0x1_8000_0000 == 0, "\(line)")
    }
    var after = sigset_t()
    pthread_sigmask(SIG_SETMASK, nil, &after)
    var expected = before
    sigaddset(&expected, SIGTERM)
    for signal in 1..<SIGSYS {
      #expect(
        sigismember(&after, signal) == sigismember(&expected, signal), "our own are as they were")
    }
  }

  @Test("what was inherited comes first in the environment, and nothing else of ours is in it")
  func environment() throws {
    let text = try output(
      "exec /usr/bin/env", inherited: CStrings(["ONE=1", "EMPTY="].map { Array($0.utf8) }),
      environment: ["TWO=zwei ü"])
    #expect(
      text.split(separator: "\n").filter { !$0.hasPrefix("PWD=") } == [
        "ONE=1", "EMPTY=", "TWO=zwei ü",
      ])
  }

  @Test("it leads a session of its own, or only a group")
  func session() throws {
    let ids = "exec ps -o sid=,pgid=,pid= -p $$"
    let leader = try output(ids).split(separator: " ").map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(Set(leader).count == 1)
    let member = try output(ids, inNewSession: false).split(separator: " ").map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(member[0] == "\(getsid(0))")
    #expect(member[1] == member[2])
  }

  @Test("descriptors that this program was given are kept back if asked for, others always")
  func descriptors() throws {
    let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
    // Descriptors that the shell doesn't open itself, as to list the directory.
    let inherited = fcntl(file, F_DUPFD, 100)
    let own = fcntl(file, F_DUPFD_CLOEXEC, 100)
    defer { for descriptor in [file, inherited, own] { close(descriptor) } }
    let list = "for d in /proc/$$/fd/*; do echo ${d##*/}; done"
    func numbers(_ text: String) -> Set<Int32> {
      Set(text.split(separator: "\n").compactMap { Int32($0) })
    }
    let all = numbers(try output(list))
    #expect(all.contains(inherited))
    #expect(!all.contains(own))
    #expect(!numbers(try output(list, closesInherited: true)).contains(inherited))
  }

  @Test("a program or a directory that isn't there is said, and nothing is left of the attempt")
  func failures() throws {
    #expect(code(Spawn(program: "/nowhere", arguments: ["nowhere"], environment: [])) == ENOENT)
    #expect(code(Spawn(program: "/etc/passwd", arguments: ["passwd"], environment: [])) == EACCES)
    #expect(
      code(Spawn(program: "/bin/sh", arguments: ["sh"], environment: [], directory: "/nowhere"))
        == ENOENT)
    for _ in 1...200 {
      _ = code(Spawn(program: "/nowhere", arguments: ["nowhere"], environment: []))
    }
    #expect(try zombies() < 200, "those that failed weren't waited for")
  }

  @Test("its descriptor tells of its end")
  func end() throws {
    let (pid, descriptor) = try Spawn(
      program: "/bin/sh", arguments: ["sh", "-c", "read line"], environment: [], input: nil,
      control: nil
    ).start()
    defer { close(descriptor) }
    #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    kill(pid, SIGKILL)
    #expect(Poll.wait(for: [descriptor], atMost: .seconds(20)) == [descriptor])
    var status: Int32 = 0
    #expect(waitpid(pid, &status, 0) == pid)
  }

  /// The number of zombies of this process, including those of other tests.
  private func zombies() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").count { name in
      guard let stat = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
        let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 1
      else { return false }
      return fields[0] == "Z" && fields[1] == "\(getpid())"
    }
  }

  private func code(_ spawn: Spawn) -> Int32? {
    do throws(SystemError) {
      let (pid, descriptor) = try spawn.start()
      close(descriptor)
      waitpid(pid, nil, 0)
      return nil
    } catch {
      return error.code
    }
  }

  /// The output of a shell command.
  private func output(
    _ command: String, inherited: CStrings = CStrings([]), environment: [String] = [],
    closesInherited: Bool = false, inNewSession: Bool = true
  ) throws -> String {
    let path = NSTemporaryDirectory() + "queuectl-\(UUID().uuidString)"
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer {
      close(file)
      unlink(path)
    }
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(nothing) }
    let (pid, descriptor) = try Spawn(
      program: "/bin/sh", arguments: ["sh", "-c", command], inherited: inherited,
      environment: environment, input: nothing, output: file, errors: file,
      closesInherited: closesInherited, inNewSession: inNewSession
    ).start()
    close(descriptor)
    waitpid(pid, nil, 0)
    return try String(contentsOfFile: path, encoding: .utf8)
  }
}
