package import QueueCore
package import QueueOperations

/// An answer to a request.
package struct Response: Equatable, Sendable {
  package var status: Int
  package var type: ContentType
  package var body: [UInt8]
  /// The log that follows the body; nil for none.
  package var log: LogSpan?
  /// Header fields in addition to the common ones.
  package var fields: [RequestHead.Field] = []
  /// Whether a browser may keep it.
  package var isImmutable = false

  package enum ContentType: Equatable, Sendable {
    case json, html, text, bytes, css, script, svg, events
    case metrics(MetricsText.Format)

    var name: String {
      switch self {
      case .json: "application/json"
      case .html: "text/html; charset=utf-8"
      case .text: "text/plain; charset=utf-8"
      case .bytes: "application/octet-stream"
      case .css: "text/css; charset=utf-8"
      case .script: "text/javascript; charset=utf-8"
      case .svg: "image/svg+xml"
      case .events: "text/event-stream"
      case .metrics(let format): format.type
      }
    }
  }

  package init(_ status: Int, _ type: ContentType, _ body: [UInt8]) {
    self.status = status
    self.type = type
    self.body = body
  }

  /// A line of text.
  package init(_ status: Int, text: String) {
    self.init(status, .text, Array((text + "\n").utf8))
  }

  /// Sends a browser to another page with GET.
  /// - Parameter base: the path of the site, empty or without a trailing slash.
  package static func redirect(to link: Link, base: String) -> Response {
    var response = Response(303, text: "see \(base)\(link.text)")
    response.fields = [RequestHead.Field("Location", base + link.text)]
    return response
  }

  /// All header fields of it but the length.
  package var allFields: [RequestHead.Field] {
    [RequestHead.Field("Content-Type", type.name)] + Self.always
      + [
        RequestHead.Field(
          "Cache-Control", isImmutable ? "private, max-age=31536000, immutable" : "no-store")
      ] + fields
  }

  /// Nothing from elsewhere is loaded, no inline script or style runs, no page embeds this one, and
  /// a script can only write HTML through the one policy that the page's script creates.
  private static let contentPolicy = [
    "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types queuectl",
  ].joined(separator: "; ")

  private static let always = [
    RequestHead.Field("Content-Security-Policy", contentPolicy),
    RequestHead.Field("X-Content-Type-Options", "nosniff"),
    RequestHead.Field("X-Frame-Options", "DENY"),
    // With no-referrer, browsers would send `Origin: null` with this site's own forms.
    RequestHead.Field("Referrer-Policy", "same-origin"),
    RequestHead.Field("Cross-Origin-Opener-Policy", "same-origin"),
    RequestHead.Field("Cross-Origin-Resource-Policy", "same-origin"),
  ]
}

/// A part of a run's log.
package struct LogSpan: Equatable, Sendable {
  package var run: RunID
  /// The place in the file; nil for all of it.
  package var bytes: Range<Int>?

  package init(run: RunID, bytes: Range<Int>? = nil) {
    self.run = run
    self.bytes = bytes
  }
}
