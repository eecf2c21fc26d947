import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueHost

/// Limits, as they are written into the files of a directory that stands for a cgroup.
@Suite struct `Limiting cgroups` {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: URL(filePath: directory.file(file)))
  }

  private func text(of file: String) throws -> String {
    try String(contentsOfFile: directory.file(file), encoding: .utf8)
  }

  private var cgroup: RunCgroup { RunCgroup(path: directory.path) }

  @Test func `limits of memory and CPU time are written as the kernel reads them`() throws {
    for file in ["memory.max", "memory.swap.max", "memory.oom.group", "cpu.max"] {
      try write("", to: file)
    }
    #expect(cgroup.set(ResourceLimits(memoryBytes: 64 << 20, cpus: 1.5)) == nil)
    #expect(try text(of: "memory.max") == "67108864")
    #expect(try text(of: "memory.swap.max") == "0")
    #expect(try text(of: "memory.oom.group") == "1")
    #expect(try text(of: "cpu.max") == "150000 100000")
  }

  @Test(arguments: [
    (ResourceLimits(memoryBytes: 1 << 20), "--memory", "memory"),
    (ResourceLimits(cpus: 0.5), "--cpus", "cpu"),
  ])
  func `a limit without its controller is refused`(
    limits: ResourceLimits, flag: String, controller: String
  ) {
    #expect(
      cgroup.set(limits)
        == "\(flag) needs the cgroup controller \(controller), which the worker doesn't have; "
        + "--best-effort runs the job without")
    #expect(cgroup.set(ResourceLimits(niceness: 3)) == nil)
  }

  @Test(arguments: [
    ("low 0\noom 1\noom_kill 2\n", true), ("oom 3\noom_kill 0\n", false), ("", false),
    ("oom 0\noom_kill 1\n", false),
  ])
  func `a kill for lack of memory is told from others`(events: String, isKilled: Bool) throws {
    #expect(!cgroup.hasExceededMemory)
    try write(events, to: "memory.events")
    #expect(cgroup.hasExceededMemory == isKilled)
  }

  @Test(arguments: [true, false])
  func `our processes make room for a controller, and others prevent it`(isOurs: Bool) throws {
    try write("cpu memory\n", to: "cgroup.controllers")
    try write("", to: "cgroup.subtree_control")
    try write("4711\n4712\n", to: "cgroup.procs")
    try FileManager.default.createDirectory(
      atPath: directory.file(CgroupControllers.leaf), withIntermediateDirectories: false)
    let leaf = CgroupControllers.leaf + "/cgroup.procs"
    try write("", to: leaf)
    let controllers = CgroupControllers(of: directory.path) { $0 == 4711 || isOurs }
    _ = controllers.turnOn("memory")
    #expect(try text(of: "cgroup.subtree_control") == (isOurs ? "+memory" : ""))
    #expect(try text(of: leaf) == (isOurs ? "4712" : ""))
    #expect(!controllers.turnOn("io"), "the cgroup doesn't have it")
    #expect(controllers.offers("cpu") && !controllers.offers("io"))
    try write("memory\n", to: "cgroup.subtree_control")
    #expect(controllers.turnOn("memory"))
  }

  @Test(arguments: [
    ("/a/queuectl-workers", "/a"), ("/queuectl-workers", "/"), ("/a", "/a"),
    ("/a-queuectl-workers", "/a-queuectl-workers"),
  ])
  func `workers that have moved make cgroups where they were`(path: String, home: String) {
    #expect(CgroupHome.home(of: path) == home)
  }
}
