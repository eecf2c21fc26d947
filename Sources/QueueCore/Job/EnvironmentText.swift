/// A job's environment as the text of a JSON object.
package enum EnvironmentText {
  /// Returns nil for no variables.
  package static func encode(_ variables: [EnvironmentVariable]) -> String? {
    guard !variables.isEmpty else { return nil }
    var writer = JSONWriter()
    writer.object { json in
      for variable in variables {
        json.key(text: variable.name)
        json.value(variable.value)
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Reads a stored text; nil for no variables. Throws `corrupt`.
  package static func decode(_ text: String?) throws(StoreError) -> [EnvironmentVariable] {
    guard let text else { return [] }
    do {
      var variables: [EnvironmentVariable] = []
      var reader = JSONReader(Array(text.utf8))
      try reader.readObject { (name, reader) throws in
        variables.append(try EnvironmentVariable(name: name, value: try reader.readString()))
      }
      return variables
    } catch {
      throw StoreError(.corrupt, "the stored environment of a job is damaged: \(error)")
    }
  }
}
