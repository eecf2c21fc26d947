import Foundation
import Testing

/// Links within and between the documents.
@Suite struct DocumentLinks {
  private static let documents = [
    "README.md", "CHANGELOG.md", "docs/contributing.md", "docs/decisions.md", "docs/design.md",
    "docs/guide.md", "docs/install.md", "docs/json.md", "docs/many-hosts.md",
    "docs/performance.md", "docs/reliability.md", "docs/security.md", "docs/service.md",
    "docs/web.md",
  ]

  @Test(arguments: documents)
  func `every link to a file or a heading resolves`(document: String) throws {
    let directory = URL(fileURLWithPath: DocumentText.path(of: document))
      .deletingLastPathComponent()
    for link in try links(of: document) {
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let file =
        parts[0].isEmpty
        ? DocumentText.path(of: document)
        : directory.appendingPathComponent(String(parts[0])).standardizedFileURL.path
      #expect(FileManager.default.fileExists(atPath: file), "\(document): \(link)")
      guard parts.count == 2 else { continue }
      let root = DocumentText.path(of: "")
      let target = file.hasPrefix("\(root)/") ? file.dropFirst(root.count + 1) : file[...]
      #expect(try anchors(of: String(target)).contains(String(parts[1])), "\(document): \(link)")
    }
  }

  @Test func `every document is in the list`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: DocumentText.path(of: "docs"))
    let documents = names.filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
    #expect(Set(Self.documents) == Set(documents + ["README.md", "CHANGELOG.md"]))
  }

  @Test func `every picture is used by a document`() throws {
    let pictures = try FileManager.default.contentsOfDirectory(
      atPath: DocumentText.path(of: "screenshots"))
    let text = try Self.documents.flatMap(DocumentText.lines).joined(separator: "\n")
    #expect(pictures.filter { !text.contains("screenshots/\($0)") } == [])
  }

  /// The targets of a document's links, except external ones.
  private func links(of document: String) throws -> [String] {
    let text = try DocumentText.prose(of: document).joined(separator: "\n")
    return text.matches(of: /\]\(([^()\s]+)\)/).map { String($0.1) }
      .filter { !$0.hasPrefix("http") }
  }

  /// A document's headings as GitHub's anchors.
  private func anchors(of document: String) throws -> Set<String> {
    let headings = try DocumentText.prose(of: document).compactMap {
      $0.wholeMatch(of: /#+ (.*)/)?.1
    }
    return Set(
      headings.map { heading in
        String(
          heading.lowercased().compactMap { character -> Character? in
            switch character {
            case " ": "-"
            case "-", "_": character
            default: character.isLetter || character.isNumber ? character : nil
            }
          })
      })
  }
}
