import QueueCore

/// Why a request is refused: a line of text for browsers, JSON for programs.
package struct RequestError: Error, Equatable, Sendable {
  /// The HTTP status.
  package let status: Int
  /// The word for programs.
  package let code: String
  /// The failure, its object and the remedy.
  package let message: String
  /// Additional header fields.
  package let fields: [RequestHead.Field]

  /// - Parameter code: nil for the word of the status.
  package init(
    _ status: Int, _ message: String, code: String? = nil, fields: [RequestHead.Field] = []
  ) {
    self.status = status
    self.code = code ?? Self.code(of: status)
    self.message = message
    self.fields = status == 503 ? fields + [RequestHead.Field("Retry-After", "1")] : fields
  }

  init(_ error: StoreError) {
    self.init(error.code.status, error.message, code: error.code.word)
  }

  private static func code(of status: Int) -> String {
    switch status {
    case 400: "invalid"
    case 401: "unauthorized"
    case 404: "not_found"
    case 405: "wrong_method"
    case 409: "wrong_state"
    case 413, 414, 431: "too_long"
    case 415: "wrong_type"
    case 421: "wrong_host"
    case 429: "too_many_tries"
    case 500: "other"
    case 503: "busy"
    default: "refused"
    }
  }
}

extension Gate {
  /// Returns the response to a refused request: JSON below `/api/`, else a line of text.
  package func response(to head: RequestHead, _ error: RequestError) -> Response {
    path(of: head)?.hasPrefix("/api/") == true ? Response(json: error) : Response(error)
  }
}

extension Response {
  /// Refuses in a line of text.
  init(_ error: RequestError) {
    self.init(error.status, text: error.message)
    fields = error.fields
  }

  /// Refuses in JSON.
  init(json error: RequestError) {
    var writer = JSONWriter()
    writer.object { json in
      json.key("error")
      json.object { json in
        json.field("code", error.code)
        json.field("message", error.message)
      }
    }
    writer.lineEnd()
    self.init(error.status, .json, writer.bytes)
    fields = error.fields
  }
}

extension StoreError.Code {
  /// The HTTP status.
  var status: Int {
    switch self {
    case .notFound: 404
    case .wrongState, .duplicate: 409
    case .tooMany: 422
    case .readOnly: 403
    case .busy, .full, .cannotOpen, .foreign, .newer, .corrupt, .undurable, .other: 503
    }
  }

  /// The word in JSON.
  fileprivate var word: String {
    switch self {
    case .duplicate: "duplicate"
    case .notFound: "not_found"
    case .tooMany: "too_many"
    case .wrongState: "wrong_state"
    case .busy: "busy"
    case .full: "full"
    case .readOnly: "read_only"
    case .cannotOpen: "cannot_open"
    case .foreign: "foreign"
    case .newer: "newer"
    case .corrupt: "corrupt"
    case .undurable: "undurable"
    case .other: "other"
    }
  }
}
