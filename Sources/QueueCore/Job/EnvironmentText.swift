/// A job's environment as the text of a JSON object. A variable that users can't set marks an
/// inherited environment; older versions read the text, too.
package enum EnvironmentText {
  /// Returns nil for no variables.
  package static func encode(_ spec: JobSpec) -> String? {
    let inherits = spec.inheritsEnvironment == true
    guard !spec.environment.isEmpty || inherits else { return nil }
    var writer = JSONWriter()
    writer.object { json in
      if inherits {
        json.key(text: EnvironmentVariable.mark)
        json.value(EnvironmentVariable.inherited)
      }
      for variable in spec.environment {
        json.key(text: variable.name)
        json.value(variable.value)
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Reads a stored text; nil for no variables. Throws `corrupt`.
  package static func decode(_ text: String?, into spec: inout JobSpec) throws(StoreError) {
    guard let text else { return }
    do {
      var variables: [EnvironmentVariable] = []
      var inherits: Bool?
      var reader = JSONReader(Array(text.utf8))
      try reader.readObject { (name, reader) throws in
        let value = try reader.readString()
        guard name != EnvironmentVariable.mark else { return inherits = true }
        variables.append(try EnvironmentVariable(name: name, value: value))
      }
      spec.environment = variables
      spec.inheritsEnvironment = inherits
    } catch {
      throw StoreError(.corrupt, "the stored environment of a job is damaged: \(error)")
    }
  }
}
