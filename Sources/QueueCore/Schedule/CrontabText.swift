/// A line `NAME=value` of a crontab.
enum CrontabVariable {
  /// Nil for another line. Blanks around `=` and quotes around either part are removed.
  static func read(_ text: String) -> (name: String, value: String)? {
    var rest = text[...]
    guard let name = part(&rest, until: { $0 == "=" || $0.isCronBlank }), !name.isEmpty else {
      return nil
    }
    rest = rest.drop(while: \.isCronBlank)
    guard rest.first == "=" else { return nil }
    rest = rest.dropFirst().drop(while: \.isCronBlank)
    let isQuoted = rest.first == "'" || rest.first == "\""
    guard let value = part(&rest, until: { _ in false }) else { return nil }
    guard isQuoted else {
      return (name, String(value.reversed().drop(while: \.isCronBlank).reversed()))
    }
    return rest.allSatisfy(\.isCronBlank) ? (name, value) : nil
  }

  /// Nil for an unterminated quote.
  private static func part(_ rest: inout Substring, until isEnd: (Character) -> Bool) -> String? {
    guard let quote = rest.first, quote == "'" || quote == "\"" else {
      let part = rest.prefix { !isEnd($0) }
      rest = rest.dropFirst(part.count)
      return String(part)
    }
    let part = rest.dropFirst().prefix { $0 != quote }
    rest = rest.dropFirst(part.count + 1)
    guard rest.first == quote else { return nil }
    rest = rest.dropFirst()
    return String(part)
  }
}

/// The command of a crontab's line.
enum CrontabCommand {
  /// The command and its input: an unescaped `%` ends the command, and later ones end lines of the
  /// input, in which the last line gets an end. Source: do_command.c of Debian's cron.
  static func split(_ text: Substring) -> (command: String, input: String?) {
    var command = ""
    var rest = text.unicodeScalars
    while let scalar = rest.popFirst() {
      if scalar == "%" { return (command, input(rest)) }
      guard scalar == "\\", let next = rest.popFirst() else {
        command.unicodeScalars.append(scalar)
        continue
      }
      if next != "%", next != "\\" { command += "\\" }
      command.unicodeScalars.append(next)
    }
    return (command, nil)
  }

  private static func input(_ text: Substring.UnicodeScalarView) -> String {
    var input = "".unicodeScalars
    var rest = text
    while let scalar = rest.popFirst() {
      if scalar == "\\", rest.first == "%" {
        input.append("%")
        rest.removeFirst()
      } else {
        input.append(scalar == "%" ? "\n" : scalar)
      }
    }
    if let last = input.last, last != "\n" { input.append("\n") }
    return String(input)
  }

  /// Returns a command with a text as its standard input.
  static func command(_ command: String, reading input: String) -> String {
    guard !input.isEmpty else { return "exec </dev/null\n\(command)" }
    let lines = Set(input.split(separator: "\n", omittingEmptySubsequences: false))
    var mark = "EOF"
    while lines.contains(mark[...]) { mark += "_" }
    return "exec <<'\(mark)'\n\(input)\(mark)\n\(command)"
  }
}

/// The names of schedules that come from a crontab.
struct CrontabNames {
  private var given: Set<String> = []

  private static let maximumLength = 40
  /// A longer comment isn't a title, but a remark or a disabled line.
  private static let maximumWords = 5
  /// Commands that run another command.
  private static let prefixes: Set = [
    "test", "[", "sleep", "sudo", "nice", "ionice", "env", "exec", "command", "time",
  ]

  /// Those whose next word isn't the command yet.
  private static let takesOne: Set = ["cd", "source", "."]

  /// Returns a name from the comment above, else from the command; with a suffix such as `-2` if an
  /// earlier line has it.
  mutating func name(comment: String?, command: String) -> String {
    let title = comment.flatMap(Self.title) ?? Self.program(of: command)
    let base = Self.plain(title).isEmpty ? "job" : Self.plain(title)
    var name = base
    var number = 2
    while !given.insert(name).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return name
  }

  private static func title(_ comment: String) -> String? {
    let words = comment.split(separator: " ")
    guard (1...maximumWords).contains(words.count), words[0].first?.isLetter == true,
      !comment.contains("=")
    else { return nil }
    return words.joined(separator: " ")
  }

  /// Returns the base name of the first program that doesn't just run another one.
  private static func program(of command: String) -> String {
    let words = command.split { " \t\n;&|(){}".contains($0) }
    var skipsOne = false
    for word in words {
      let name = word.split(separator: "/").last.map(String.init) ?? ""
      if skipsOne {
        skipsOne = false
      } else if takesOne.contains(name) {
        skipsOne = true
      } else if !prefixes.contains(name), !word.contains("="), !word.hasPrefix("-"),
        word.contains(where: \.isLetter)
      {
        return name
      }
    }
    return "job"
  }

  /// Letters, digits, dots and single dashes.
  private static func plain(_ text: String) -> String {
    let parts = text.lowercased().split { character in
      !(character.isASCII && (character.isLetter || character.isNumber || character == "."))
    }
    return String(parts.joined(separator: "-").prefix(maximumLength))
  }
}

/// The five fields, checked for text that cron reads differently from how it is written.
enum CrontabFields {
  private struct Form {
    let name: String
    let range: ClosedRange<Int>
    var names: [String] = []
  }

  private static let forms = [
    Form(name: "minutes", range: 0...59), Form(name: "hours", range: 0...23),
    Form(name: "days", range: 1...31),
    Form(
      name: "months", range: 1...12,
      names: [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
      ]),
    Form(
      name: "weekdays", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
  ]

  /// The fields with a value in place of each `~`.
  /// - Parameter seed: the text that determines the values.
  /// - Throws: ``InvalidJob`` for a field that cron accepts, but reads differently.
  static func checked(
    _ fields: [String], seed: String, _ changes: inout [String]
  ) throws(InvalidJob) -> [String] {
    var checked: [String] = []
    for (form, field) in zip(forms, fields) {
      var items: [String] = []
      for item in field.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
        items.append(try self.item(item, form, seed: seed, &changes))
      }
      checked.append(items.joined(separator: ","))
    }
    return checked
  }

  private static func item(
    _ item: Substring, _ form: Form, seed: String, _ changes: inout [String]
  ) throws(InvalidJob) -> String {
    if let (low, high) = randomRange(item, form) {
      let value = low + Int(hash("\(seed) \(form.name)") % UInt64(high - low + 1))
      changes.append("\(item) of the \(form.name) became \(value)")
      return "\(value)"
    }
    let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    if ends.count == 2, let first = number(ends[0], form), let last = number(ends[1], form),
      first > last
    {
      throw refused(form, item, "runs backwards, and cron never runs it")
    }
    if parts.count == 2, let step = Int(parts[1]),
      step > form.range.upperBound - form.range.lowerBound
    {
      throw refused(form, item, "has a step beyond the field, and cron takes its first value only")
    }
    if let read = readByCron(parts[0], form), read.count < parts[0].count {
      throw refused(form, item, "is read by cron as \"\(read)\", without the rest")
    }
    return String(item)
  }

  /// Returns the part before a character at which cron stops reading; nil if it is empty.
  private static func readByCron(_ text: Substring, _ form: Form) -> Substring? {
    if text.first == "*" { return text.prefix(1) }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard number(parts[0], form) != nil else {
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      return digits.isEmpty || digits.count == text.count || text[digits.endIndex] == "l"
        ? nil : digits
    }
    guard parts.count > 2 else { return nil }
    return text[..<parts[1].endIndex]
  }

  /// The bounds of `~`, `a~b`, `a~` or `~b`.
  private static func randomRange(_ item: Substring, _ form: Form) -> (Int, Int)? {
    let ends = item.split(separator: "~", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    let low = ends[0].isEmpty ? form.range.lowerBound : Int(ends[0])
    let high = ends[1].isEmpty ? form.range.upperBound : Int(ends[1])
    guard let low, let high, low <= high, form.range.contains(low), form.range.contains(high)
    else { return nil }
    return (low, high)
  }

  private static func number(_ text: Substring, _ form: Form) -> Int? {
    if let place = form.names.firstIndex(where: { $0 == text }) {
      return place + (form.range.lowerBound == 1 ? 1 : 0)
    }
    return text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
  }

  /// FNV-1a.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func refused(_ form: Form, _ item: Substring, _ problem: String) -> InvalidJob {
    InvalidJob(field: "cron", problem: "\(form.name): \(quoted: String(item)) \(problem)")
  }
}
