import Testing

@testable import QueueHost

@Suite struct `Finding lock holders` {
  @Test func `a write lock that covers the byte is found by its file`() {
    let locks = """
      1: FLOCK  ADVISORY  WRITE 10 fe:00:77 0 EOF
      2: POSIX  ADVISORY  READ 11 fe:00:77 120 120
      3: POSIX  ADVISORY  WRITE 12 fe:00:77 123 127
      4: POSIX  ADVISORY  WRITE 13 fe:01:77 120 120
      5: POSIX  ADVISORY  WRITE 14 fe:00:78 120 120
      6: POSIX  ADVISORY  WRITE 15 fe:00:77 120 121
      6: -> POSIX  ADVISORY  WRITE 16 fe:00:77 120 120
      7: OFDLCK ADVISORY  WRITE -1 fe:00:77 120 120
      8: POSIX  ADVISORY  WRITE 0 fe:00:77 0 EOF
      9: POSIX  ADVISORY  WRITE 17 fe:00:77 0 EOF

      """
    #expect(LockHolder.pids(in: locks, ofByte: 120, in: "fe:00:77") == [15, 17])
    #expect(LockHolder.pids(in: locks, ofByte: 119, in: "fe:00:78") == [])
  }

  @Test func `the remedy depends on whether it is stopped`() {
    #expect(LockHolder(pid: 7, name: "sqlite3").description == "pid 7 (sqlite3): try again")
    #expect(
      LockHolder(pid: 7, isStopped: true).description
        == "pid 7, which is stopped: \"kill -CONT 7\" continues it")
  }
}
