import QueueCore

/// Writes metrics in a text format of Prometheus.
package struct MetricsText {
  package enum Format: Sendable {
    /// Text format 0.0.4.
    /// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>
    case prometheus
    /// OpenMetrics 1.0.0.
    /// Source: <https://prometheus.io/docs/specs/om/open_metrics_spec/>
    case openMetrics

    /// The content type of HTTP.
    package var type: String {
      switch self {
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }

  enum Kind: String {
    case counter, gauge, histogram
  }

  private let format: Format
  private var text = ""
  /// The name of the samples that follow.
  private var name = ""

  init(_ format: Format) { self.format = format }

  /// The text with its end mark.
  var finished: String { format == .openMetrics ? text + "# EOF\n" : text }

  /// Begins a family.
  /// - Parameters:
  ///   - family: the name; a counter's samples have `_total` after it.
  ///   - unit: the last word of the name, if it is a unit.
  mutating func family(_ family: String, _ kind: Kind, _ help: String, unit: String? = nil) {
    name = kind == .counter ? family + "_total" : family
    let announced = format == .openMetrics ? family : name
    text += "# HELP \(announced) \(help)\n# TYPE \(announced) \(kind.rawValue)\n"
    if format == .openMetrics, let unit { text += "# UNIT \(announced) \(unit)\n" }
  }

  mutating func sample(_ value: Int, _ labels: [(String, String)] = []) {
    write("", labels, "\(value)")
  }

  mutating func sample(_ value: Double, _ labels: [(String, String)] = []) {
    write("", labels, "\(value)")
  }

  /// Powers of two from 8 ms to 70 min. They are bounds of the histogram's own buckets, so the
  /// counts are exact.
  private static let bounds = (3...22).map { Duration.milliseconds(1 << $0) }

  mutating func histogram(_ histogram: Histogram, _ labels: [(String, String)]) {
    for bound in Self.bounds {
      write(
        "_bucket", labels + [("le", "\(bound.inSeconds)")], "\(histogram.count(below: bound))")
    }
    write("_bucket", labels + [("le", "+Inf")], "\(histogram.count)")
    write("_sum", labels, "\(histogram.sumInSeconds)")
    write("_count", labels, "\(histogram.count)")
  }

  private mutating func write(_ suffix: String, _ labels: [(String, String)], _ value: String) {
    text += name
    text += suffix
    var separator = "{"
    for (label, content) in labels {
      text += "\(separator)\(label)=\""
      Self.append(content, to: &text)
      text += "\""
      separator = ","
    }
    text += labels.isEmpty ? " \(value)\n" : "} \(value)\n"
  }

  private static func append(_ content: String, to text: inout String) {
    for character in content.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
  }
}
