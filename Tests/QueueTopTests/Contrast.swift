import Glibc
import Testing

@testable import QueueTop

/// Every colour of letters can be read on the backgrounds of well-known terminals.
@Suite struct Contrast {
  typealias RGB = (red: Int, green: Int, blue: Int)

  /// A terminal's own black and white, and its first 16 colours.
  struct Terminal: Sendable, CustomStringConvertible {
    let description: String
    let colors: Int
    let black: [Int]
    let white: [Int]
    let palette: [[Int]]
  }

  /// Source: <https://en.wikipedia.org/wiki/ANSI_escape_code#Colors>, but Windows Terminal's
  /// Campbell: <https://learn.microsoft.com/windows/terminal/customize-settings/color-schemes>.
  private static let terminals = [
    Terminal(
      description: "xterm", colors: 256, black: [0, 0, 0], white: [255, 255, 255],
      palette: [
        [0, 0, 0], [205, 0, 0], [0, 205, 0], [205, 205, 0], [0, 0, 238], [205, 0, 205],
        [0, 205, 205], [229, 229, 229], [127, 127, 127], [255, 0, 0], [0, 255, 0], [255, 255, 0],
        [92, 92, 255], [255, 0, 255], [0, 255, 255], [255, 255, 255],
      ]),
    Terminal(
      description: "Linux console", colors: 8, black: [0, 0, 0], white: [255, 255, 255],
      palette: [
        [0, 0, 0], [170, 0, 0], [0, 170, 0], [170, 85, 0], [0, 0, 170], [170, 0, 170],
        [0, 170, 170], [170, 170, 170], [85, 85, 85], [255, 85, 85], [85, 255, 85],
        [255, 255, 85], [85, 85, 255], [255, 85, 255], [85, 255, 255], [255, 255, 255],
      ]),
    Terminal(
      description: "PuTTY", colors: 256, black: [0, 0, 0], white: [255, 255, 255],
      palette: [
        [0, 0, 0], [187, 0, 0], [0, 187, 0], [187, 187, 0], [0, 0, 187], [187, 0, 187],
        [0, 187, 187], [187, 187, 187], [85, 85, 85], [255, 85, 85], [85, 255, 85],
        [255, 255, 85], [85, 85, 255], [255, 85, 255], [85, 255, 255], [255, 255, 255],
      ]),
    Terminal(
      description: "macOS Terminal", colors: 256, black: [0, 0, 0], white: [255, 255, 255],
      palette: [
        [0, 0, 0], [194, 54, 33], [37, 188, 36], [173, 173, 39], [73, 46, 225], [211, 56, 211],
        [51, 187, 200], [203, 204, 205], [129, 131, 131], [252, 57, 31], [49, 231, 34],
        [234, 236, 35], [88, 51, 255], [249, 53, 248], [20, 240, 240], [233, 235, 235],
      ]),
    Terminal(
      description: "Windows Terminal", colors: 256, black: [12, 12, 12], white: [242, 242, 242],
      palette: [
        [12, 12, 12], [197, 15, 31], [19, 161, 14], [193, 156, 0], [0, 55, 218], [136, 23, 152],
        [58, 150, 221], [204, 204, 204], [118, 118, 118], [231, 72, 86], [22, 198, 12],
        [249, 241, 165], [59, 120, 255], [180, 0, 158], [97, 214, 214], [242, 242, 242],
      ]),
  ]

  /// As many colours as it has, and as few as `TERM` may say.
  @Test(arguments: terminals, [8, 256])
  func `every ink has a contrast of 4.5 to 1`(terminal: Terminal, colors: Int) {
    guard colors <= terminal.colors else { return }
    for (background, ground) in [(Background.dark, terminal.black), (.light, terminal.white)] {
      for ink in Style.Ink.allCases {
        for isBold in [false, true] {
          let color = Palette.color(of: ink, on: background, colors: colors)
          guard color.number >= 0, isBold || !color.isBold else { continue }
          let letters = Self.rgb(color.number, isBold: isBold, terminal)
          let contrast = Self.contrast(letters, ground)
          #expect(contrast >= 4.5, "\(terminal), \(background), \(ink) bold \(isBold): \(contrast)")
        }
      }
    }
  }

  @Test func `the inks that are safe in bold only are never used otherwise`() {
    for style in [Style.warning, .alarm] { #expect(style.isBold) }
  }

  /// Bold letters in one of the first eight colours are brighter on some terminals: the worse of
  /// both.
  private static func rgb(_ number: Int, isBold: Bool, _ terminal: Terminal) -> [Int] {
    if number < 16 { return terminal.palette[isBold && number < 8 ? number + 8 : number] }
    if number >= 232 { return Array(repeating: 8 + (number - 232) * 10, count: 3) }
    let levels = [0, 95, 135, 175, 215, 255]
    let place = number - 16
    return [levels[place / 36], levels[place / 6 % 6], levels[place % 6]]
  }

  /// Source: <https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio>
  private static func contrast(_ one: [Int], _ other: [Int]) -> Double {
    let (first, second) = (luminance(one), luminance(other))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
  }

  private static func luminance(_ color: [Int]) -> Double {
    let parts = color.map { part in
      let share = Double(part) / 255
      return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }
}
