import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Metrics: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print the queue's metrics for Prometheus.",
    discussion: """
      Prints the metrics that "queuectl web" serves at /metrics. For node_exporter's
      textfile collector, run it with --output from cron or a schedule.

      EXAMPLES:
        $ queuectl metrics
        $ queuectl metrics --output /tmp/queuectl.prom
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Option(
    help: ArgumentHelp("Replace this file atomically instead of printing.", valueName: "path"),
    completion: .file())
  var output: String?

  @Flag(help: "Print OpenMetrics 1.0.0 instead of Prometheus' own format.")
  var openmetrics = false

  func run() throws {
    try output.map(FilePath.check)
    let session = try database.openExisting()
    let host = MonitorDependencies(try database.location())
    let metrics = try session.store.reading { () throws(StoreError) in
      try QueueMetrics(
        session.store, host: host, at: session.clock.now(), version: Version.number,
        format: openmetrics ? .openMetrics : .prometheus)
    }
    guard let output else { return try Output.standard.write(Array(metrics.text.utf8)) }
    try Self.replace(output, by: metrics.text)
  }

  /// Readers find the old file or the new one, never a part.
  private static func replace(_ path: String, by text: String) throws {
    let draft = "\(path).\(getpid())"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure.system("create \(draft)") }
    let bytes = Array(text.utf8)
    let isWritten = write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    guard isWritten, rename(draft, path) == 0 else {
      let failure = Failure.system("write \(path)")
      unlink(draft)
      throw failure
    }
  }
}
