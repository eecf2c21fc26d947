import QueueCore
import Testing

@Suite struct `Byte counts` {
  @Test(arguments: [
    ("0", 0), ("500", 500), ("500B", 500), ("64KB", 65_536), ("10mb", 10 << 20), ("2GB", 2 << 30),
  ])
  func `sizes are read in the usual forms`(text: String, bytes: Int) {
    #expect(ByteCount.parse(text) == bytes)
  }

  @Test(arguments: ["", "MB", "-1", "1.5MB", "10 MB", "10XB", "99999999999TB", "ten"])
  func `anything else isn't a size`(text: String) {
    #expect(ByteCount.parse(text) == nil)
  }

  @Test(arguments: [
    (0, "0B"), (1023, "1023B"), (1024, "1.0KB"), (1535, "1.4KB"), (1536, "1.5KB"),
    (2047, "1.9KB"), (10 << 10, "10KB"), ((10 << 20) - 1, "9.9MB"), (3 << 30, "3.0GB"),
    (Int.max, "8388607TB"),
  ])
  func `sizes are shown with two digits, rounded down`(bytes: Int, text: String) {
    #expect(ByteCount.brief(bytes) == text)
  }

  @Test(arguments: [0, 1, 1023, 1024, 1500, 10 << 20, 3 << 30, 1 << 40])
  func `a formatted size can be parsed`(bytes: Int) {
    #expect(ByteCount.parse(ByteCount.text(bytes)) == bytes)
  }
}
