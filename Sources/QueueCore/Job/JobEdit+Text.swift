extension JobEdit {
  /// The changes, for display: `priority 9, add tag A`. Commands, directories and values of
  /// variables may be long and are left out.
  public var described: String {
    var parts: [String] = []
    if command != nil { parts.append("new command") }
    if let queue { parts.append("queue \(queue)") }
    if let priority { parts.append("priority \(priority)") }
    if runAt != nil { parts.append("new start time") }
    if let maxRetries { parts.append("max retries \(maxRetries)") }
    if let timeout { parts.append("timeout \(timeout.text)") }
    parts += (retryRules.described + limits.described).map { "\($0.name) \($0.value)" }
    if directory != nil { parts.append("new directory") }
    parts += tags.map { "add tag \($0)" } + removedTags.map { "remove tag \($0)" }
    parts += environment.map { "variable \($0.name)" }
    return parts.joined(separator: ", ")
  }
}
