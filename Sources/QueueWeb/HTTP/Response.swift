package import QueueCore
package import QueueOperations

/// A response to a request.
package struct Response: Equatable, Sendable {
  package var status: Int
  package var type: ContentType
  package var body: [UInt8]
  /// The log that follows the body; nil for none.
  package var log: LogSpan?
  /// Additional header fields.
  package var fields: [RequestHead.Field] = []
  /// Whether browsers may cache it.
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

  /// Creates a line of text.
  package init(_ status: Int, text: String) {
    self.init(status, .text, Array((text + "\n").utf8))
  }

  /// Redirects to a page, with GET.
  /// - Parameter base: the site's path, empty or without a trailing slash.
  package static func redirect(to link: Link, base: String) -> Response {
    var response = Response(303, text: "see \(base)\(link.text)")
    response.fields = [RequestHead.Field("Location", base + link.text)]
    return response
  }

  /// All header fields but the length.
  package var allFields: [RequestHead.Field] {
    [RequestHead.Field("Content-Type", type.name)] + Self.always
      + [
        RequestHead.Field(
          "Cache-Control", isImmutable ? "private, max-age=31536000, immutable" : "no-store")
      ] + fields
  }

  /// Allows no foreign content, inline script or style, or embedding. Scripts write HTML only by
  /// one Trusted Types policy.
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
  /// The range in the file; nil for all of it.
  package var bytes: Range<Int>?

  package init(run: RunID, bytes: Range<Int>? = nil) {
    self.run = run
    self.bytes = bytes
  }
}
