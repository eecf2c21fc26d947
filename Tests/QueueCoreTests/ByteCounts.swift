import QueueCore
import Testing

@Suite struct `Byte counts` {
  @Test(arguments: [
    ("0", 0), ("500", 500), ("500B", 500), ("64KB", 65_536), ("10mb", 10 << 20), ("2GB", 2 << 30),
  ])
  func `sizes are read as people type them`(text: String, bytes: Int) {
    #expect(ByteCount.parse(text) == bytes)
  }

  @Test(arguments: ["", "MB", "-1", "1.5MB", "10 MB", "10XB", "99999999999TB", "ten"])
  func `anything else isn't a size`(text: String) {
    #expect(ByteCount.parse(text) == nil)
  }

  @Test(arguments: [0, 1, 1023, 1024, 1500, 10 << 20, 3 << 30, 1 << 40])
  func `what is written is read back`(bytes: Int) {
    #expect(ByteCount.parse(ByteCount.text(bytes)) == bytes)
  }
}
