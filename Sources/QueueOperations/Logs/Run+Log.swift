package import QueueCore
package import QueueHost

extension Run {
  /// Writes it as one object of JSON, with its log's path and last line.
  package func write(to writer: inout JSONWriter, logs: any LogShelf) {
    write(to: &writer) { json in
      json.field("last_line", logs.lastLine(of: id))
      json.field("log", logs.log(of: id))
    }
  }
}
