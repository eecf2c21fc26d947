import Foundation
import Testing

extension EndToEnd {
  /// `scripts/words`, which `scripts/test` runs over Sources and docs.
  @Suite struct Words {
    let queue = TestQueue.current

    private func check(_ text: String) async throws -> Finished {
      try FileContents.write(text, to: queue.file("page.md"))
      return try await queue.run(program: Checkout.script("words"), ["words", "page.md"])
    }

    @Test func `a word to avoid is named with its file, its line and a better word`() async throws {
      let result = try await check("A worker waits.\nNobody mends it.\n")
      #expect(result.status == 1, "\(result)")
      #expect(result.output.contains("page.md:2: \"mends\": better: fix\n"), "\(result)")
      #expect(result.output.contains("page.md:2: \"Nobody\": "), "\(result)")
    }

    @Test func `longer words that contain one are allowed`() async throws {
      let result = try await check("The recommended cache: a sheet, renewed.\n")
      #expect(result.status == 0 && result.output + result.errors == "", "\(result)")
    }

    @Test func `without a file the usage is shown`() async throws {
      let result = try await queue.run(program: Checkout.script("words"), ["words"])
      #expect(result.status == 64 && result.errors.contains("Usage: scripts/words"), "\(result)")
    }
  }
}
