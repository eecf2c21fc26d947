import Foundation
import Testing

extension EndToEnd {
  /// The arguments, where Swift itself can't read them.
  @Suite struct Arguments {
    let queue = TestQueue.current

    @Test(.needsRoot) func `FAULT 72: arguments are complete without /proc`()
      async throws
    {
      let result = try await queue.run(
        program: "/usr/bin/unshare",
        [
          "unshare", "--mount", "sh", "-c", #"mount -t tmpfs none /proc && exec "$@""#, "sh",
          Binary.path, "config", "get", "max-retries",
        ])
      #expect(result.status == 0 && result.output == "3\n", "\(result)")
    }

    @Test(.needs(program: "cc"))
    func `FAULT 72: a preloaded library that sets a variable doesn't hide the arguments`()
      async throws
    {
      try queue.write(
        """
        #include <stdlib.h>
        __attribute__((constructor)) static void set(void) {
          for (char name[] = "A_"; name[0] <= 'Z'; name[0]++) setenv(name, "value", 1);
        }
        """, to: "set.c")
      try await queue.run(
        program: "/usr/bin/cc", ["cc", "-shared", "-fPIC", "-o", "set.so", "set.c"]
      ).expectSuccess()
      let result = try await queue.run(
        "config", "get", "max-retries", adding: ["LD_PRELOAD": queue.file("set.so")])
      #expect(result.status == 0 && result.output == "3\n", "\(result)")
      let wrong = try await queue.run("nosuch", adding: ["LD_PRELOAD": queue.file("set.so")])
      #expect(wrong.status == 64, "\(wrong)")
    }

    @Test func `without arguments, not even a name, it fails`() async throws {
      let result = try await queue.run(program: Binary.path, [])
      #expect(result.status == 64 && result.output == "", "\(result)")
      #expect(result.errors.contains("started without arguments"), "\(result)")
      let named = try await queue.run()
      #expect(named.status == 0 && named.output.contains("USAGE"), "\(named)")
    }
  }
}
