import Glibc

/// Copies text to the clipboard of the terminal, which may be remote.
enum Clipboard {
  /// Uses OSC 52; within tmux, tmux itself, which may be configured not to pass on OSC 52.
  static func copy(_ text: String, isInTmux: Bool, on screen: Screen) {
    if isInTmux, copyThroughTmux(text) { return }
    screen.send("\u{1B}]52;c;\(base64(Array(text.utf8)))\u{07}")
  }

  private static func copyThroughTmux(_ text: String) -> Bool {
    guard let pipe = popen("exec tmux load-buffer -w - >/dev/null 2>&1", "w") else { return false }
    fputs(text, pipe)
    return pclose(pipe) == 0
  }

  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        let digit = digits[bits >> (18 - 6 * place) & 63]
        text.append(place <= group.count ? digit : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
