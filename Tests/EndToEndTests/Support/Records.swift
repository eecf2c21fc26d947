import Foundation
import Testing

/// A job in `list --json`, with every documented field.
struct JobRecord: Decodable {
  var id: String
  var command: String
  var state: String
  var attempts: Int
  var maxRetries: Int
  var createdAt: Date
  var updatedAt: Date
  var queue: String
  var priority: Int
  var runAt: Date?
  var after: [String]
  var afterAny: [String]
  var unique: String?
  var tags: [String]
  var timeout: Double?
  var cwd: String
  var env: [String: String]
  var inheritEnv: Bool?
  var backoffBase: Double?
  var backoffMax: Double?
  var backoffJitter: Double?
  var retryOn: String?
  var noRetryOn: String?
  var snoozeOn: String?
  var successOn: String?
  var nice: Int?
  var memory: Int?
  var cpus: Double?
  var bestEffort: Bool?
  var startedAt: Date?
  var finishedAt: Date?
  var exitCode: Int?
  var signal: Int?
  var error: String?
  var worker: String?
  var frozen: Bool
  var progress: Double?
  var message: String?
  var schedule: String?
  var scheduledFor: Date?
  var standsFor: Int?

  /// The documented names of the fields.
  static let fields: Set = [
    "id", "command", "state", "attempts", "max_retries", "created_at", "updated_at", "queue",
    "priority", "run_at", "after", "after_any", "unique", "tags", "timeout", "cwd", "env",
    "inherit_env",
    "backoff_base", "backoff_max", "backoff_jitter", "retry_on", "no_retry_on", "snooze_on",
    "success_on", "nice", "memory", "cpus", "best_effort",
    "started_at", "finished_at", "exit_code", "signal", "error", "worker", "frozen", "progress",
    "message",
    "schedule", "scheduled_for", "stands_for",
  ]
}

/// A worker in `worker list --json`.
struct WorkerRecordJSON: Decodable {
  var id: String
  var pid: Int32
  var host: String
  var state: String
  var job: String?
  var version: String
  var startedAt: Date
  var heartbeatAt: Date
  var completed: Int
  var failed: Int
  var queues: [String]

  /// The documented names of the fields.
  static let fields: Set = [
    "role", "id", "pid", "host", "state", "job", "version", "started_at", "heartbeat_at",
    "completed",
    "failed", "queues", "trouble",
  ]
}

/// The output of `status --json`.
struct StatusRecord: Decodable {
  var jobs: [String: Int]
  var workers: [WorkerRecordJSON]
}

/// A supervisor in `status --json`.
struct SupervisorRecordJSON: Decodable {
  var pid: Int32
  var state: String
  var workers: Int
}

/// The supervisors' part of `status --json`.
struct SupervisorStatus: Decodable {
  var supervisors: [SupervisorRecordJSON]
}

/// Decodes the binary's output.
enum JSON {
  static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .custom { decoder in
      let text = try decoder.singleValueContainer().decode(String.self)
      guard let date = date(text) else { throw Surprise("\(text) isn't a time in UTC with Z") }
      return date
    }
    do {
      return try decoder.decode(type, from: Data(text.utf8))
    } catch {
      throw Surprise("not the JSON it should be: \(error)\n\(text.prefix(2000))")
    }
  }

  static func object(_ text: String) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(value as? [String: Any], "not an object: \(text)")
  }

  static func objects(_ text: String) throws -> [[String: Any]] {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(value as? [[String: Any]], "not an array of objects: \(text)")
  }

  static func quoted(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
  }

  /// `2026-11-23T20:53:21.258Z`, in exactly this form.
  static func date(_ text: String) -> Date? {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
    return formatter.date(from: text)
  }
}
