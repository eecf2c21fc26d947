extension CronFieldForm {
  /// Reads a field.
  /// - Throws: ``InvalidJob`` that names the field, the part that isn't allowed, and the remedy.
  func parse(_ text: String) throws(InvalidJob) -> CronField {
    let lower = text.lowercased()
    try checkForeignSigns(lower)
    var items: [CronField.Item] = []
    for item in lower.split(separator: ",", omittingEmptySubsequences: false) {
      guard !item.isEmpty else { throw refused(text, "has an empty item") }
      if let special = try special(item) {
        items.append(special)
      } else {
        items.append(try plain(item))
      }
    }
    return CronField(items, form: self)
  }

  /// `*`, `n`, `a-b`, each with or without a step.
  private func plain(_ item: Substring) throws(InvalidJob) -> CronField.Item {
    let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let step = parts.count == 2 ? try number(parts[1], in: 1...range.count - 1, "step ") : 1
    if parts[0] == "*" { return .star(step: step) }
    let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let first = try value(ends[0])
    guard ends.count == 2 else {
      let alone = first > range.upperBound ? range.lowerBound : first
      return .range(first: alone, last: parts.count == 2 ? range.upperBound : alone, step: step)
    }
    return .range(first: first, last: try end(of: parts[0], ends[1], from: first), step: step)
  }

  /// The end of a range, beyond the field's if the range goes over it. The Sunday at the end of a
  /// range is 7.
  private func end(
    of text: Substring, _ end: Substring, from first: Int
  ) throws(InvalidJob) -> Int {
    let last = try value(end)
    if last >= first { return last }
    if last == 0, highest > range.upperBound { return highest }
    guard wraps else {
      let hint = "\"\(first)-\(range.upperBound),\(range.lowerBound)-\(last)\""
      throw refused(text, "runs backwards; type \(hint)")
    }
    return last + range.count
  }

  /// Reads the items that only days and weekdays have; nil for any other.
  private func special(_ item: Substring) throws(InvalidJob) -> CronField.Item? {
    if self == .days {
      if item == "l" { return .lastDay }
      return item == "lw" ? .lastWorkday : nil
    }
    guard self == .weekdays else { return nil }
    if item == "l" { throw refused(item, "needs a day before it, such as \"5L\"") }
    if item.hasSuffix("l") { return .lastWeekday(try value(item.dropLast()) % 7) }
    let parts = item.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    return .weekday(try value(parts[0]) % 7, nth: try number(parts[1], in: 1...5, "week "))
  }

  // MARK: - Numbers and names

  private func value(_ text: Substring) throws(InvalidJob) -> Int {
    if let place = names.firstIndex(where: { $0 == text }) { return place + range.lowerBound }
    if let name = names.first(where: { text.hasPrefix($0) }) {
      throw refused(text, "has more than three letters; type \"\(name)\"")
    }
    return try number(text, in: range.lowerBound...highest, "")
  }

  /// One or two ASCII digits.
  private func number(
    _ text: Substring, in range: ClosedRange<Int>, _ kind: String
  ) throws(InvalidJob) -> Int {
    let bounds = "from \(range.lowerBound) to \(range.upperBound)"
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      let isUsual = kind.isEmpty && !names.isEmpty
      let orName = isUsual ? ", nor a name such as \"\(names[1])\"" : ""
      throw refused(text, "isn't a number \(bounds)\(orName)", kind)
    }
    guard text.utf8.count <= 2 else { throw refused(text, "has more than two digits", kind) }
    guard let number = Int(text), range.contains(number) else {
      throw refused(text, "isn't \(bounds)", kind)
    }
    return number
  }

  // MARK: - Refusals

  /// Refuses the syntax of other programs, with the equivalent here.
  private func checkForeignSigns(_ text: String) throws(InvalidJob) {
    if text.contains("?") { throw refused(text, "isn't known; for every value, type \"*\"") }
    if text.contains("~") || text.hasPrefix("h") {
      throw refused(text, "isn't known; type a value, and --spread for a delay of its own")
    }
    guard self == .days else { return }
    for item in text.split(separator: ",") where item != "lw" {
      if item.hasSuffix("w") {
        throw refused(item, "isn't known; \"LW\" is the last Monday-to-Friday of a month")
      }
      if item.hasPrefix("l-") {
        throw refused(item, "isn't known; only \"L\" is, the last day of a month")
      }
    }
  }

  private func refused(
    _ text: some StringProtocol, _ problem: String, _ kind: String = ""
  ) -> InvalidJob {
    let quoted = TerminalText.quoted(String(text))
    return InvalidJob(field: "cron", problem: "\(name): \(kind)\(quoted) \(problem)")
  }
}
