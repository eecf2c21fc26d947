import Testing

@testable import QueueHost

/// Where cgroups are, and who may use them.
@Suite struct `Placing cgroups` {
  private static let unified =
    "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
  private static let hybrid = """
    31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

    """

  @Test(arguments: [
    ("0::/\n", "/"), ("0::/user.slice/a b\n", "/user.slice/a b"),
    ("9:name=systemd:/x\n0::/init.scope\n", "/init.scope"), ("4:memory:/x\n", nil), ("", nil),
  ])
  func `the path is that of version 2`(text: String, path: String?) {
    #expect(CgroupPlace.path(text) == path)
  }

  @Test(arguments: [
    ("/a/b", unified, "/sys/fs/cgroup/a/b"), ("/", unified, "/sys/fs/cgroup"),
    ("/init.scope", hybrid, "/sys/fs/cgroup/unified/init.scope"),
    ("/a", "31 23 0:28 / /sys/fs/cgroup rw - cgroup cgroup rw,cpu\n", nil), ("/a", "", nil),
    ("/a", "31 23 0:28 / /x\\040y rw - cgroup2 none rw\n", "/x y/a"),
    ("/pod/c/x", "31 23 0:28 /pod/c /cg rw - cgroup2 none rw\n", "/cg/x"),
    ("/pod/c", "31 23 0:28 /pod/c /cg rw - cgroup2 none rw\n", "/cg"),
    ("/pod/cd", "31 23 0:28 /pod/c /cg rw - cgroup2 none rw\n", nil),
    ("/../other", "31 23 0:28 /../.. /cg rw - cgroup2 none rw\n", nil),
    ("/a", "31 23 0:28 /\nbroken - cgroup2", nil),
  ])
  func `the directory is below the mount that shows it`(
    path: String, mounts: String, directory: String?
  ) {
    #expect(CgroupPlace.directory(of: path, mounts: mounts) == directory)
  }

  @Test(arguments: [
    (true, true, true, nil), (true, true, false, nil), (true, false, false, nil),
    (true, false, true, "systemd hasn't delegated /cg"),
    (false, true, false, "/cg isn't writable by the workers' user"),
    (false, false, true, "/cg isn't writable by the workers' user"),
  ])
  func `a cgroup of another manager or user is left alone`(
    isWritable: Bool, isDelegated: Bool, hasManager: Bool, reason: String?
  ) {
    let facts = CgroupHome.Facts(
      directory: "/cg", isWritable: isWritable, isDelegated: isDelegated, hasManager: hasManager)
    #expect(facts.verdict == (reason.map { .unusable(reason: $0) } ?? .usable("/cg")))
  }
}
