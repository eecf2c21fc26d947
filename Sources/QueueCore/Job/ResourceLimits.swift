/// The resources that a job's runs get from the kernel; nil where the worker's hold.
public struct ResourceLimits: Equatable, Sendable {
  /// The niceness: 19 yields to everything else, -20 to nothing.
  public var niceness: Int?
  /// The most memory of all processes of a run together, in bytes.
  public var memoryBytes: Int?
  /// The CPU time in CPUs: 1.5 is one and a half.
  public var cpus: Double?
  /// Whether to run without the limits that the worker can't set; nil for no.
  public var isBestEffort: Bool?

  /// Allowed nicenesses.
  public static let nicenesses = -20...19
  /// Allowed memory limits.
  public static let memorySizes = (1 << 20)...(1 << 50)
  /// The words for ``memorySizes``.
  public static let memorySizesText =
    "\(ByteCount.text(memorySizes.lowerBound)) to \(ByteCount.text(memorySizes.upperBound))"
  /// Allowed CPU limits.
  public static let cpuCounts = 0.01...1000.0

  /// Memberwise initializer.
  public init(
    niceness: Int? = nil, memoryBytes: Int? = nil, cpus: Double? = nil, isBestEffort: Bool? = nil
  ) {
    self.niceness = niceness
    self.memoryBytes = memoryBytes
    self.cpus = cpus
    self.isBestEffort = isBestEffort
  }

  /// Returns these limits, overridden by those that `other` sets.
  public func overridden(by other: ResourceLimits) -> ResourceLimits {
    ResourceLimits(
      niceness: other.niceness ?? niceness, memoryBytes: other.memoryBytes ?? memoryBytes,
      cpus: other.cpus ?? cpus, isBestEffort: other.isBestEffort ?? isBestEffort)
  }

  /// The limits that are set, for display.
  public var described: [(name: String, value: String)] {
    let parts = [
      ("nice", niceness.map { "\($0)" }), ("memory", memoryBytes.map(ByteCount.text)),
      ("cpus", cpus.map { "\(number: $0)" }),
      ("best effort", isBestEffort.map { $0 ? "yes" : "no" }),
    ]
    return parts.compactMap { name, value in value.map { (name, $0) } }
  }

  /// Whether they need a cgroup.
  public var isInCgroup: Bool { memoryBytes != nil || cpus != nil }

  func check() throws(InvalidJob) {
    if let niceness, !Self.nicenesses.contains(niceness) {
      throw InvalidJob(
        field: "nice",
        problem: "must be from \(Self.nicenesses.lowerBound) to \(Self.nicenesses.upperBound), "
          + "not \(niceness)")
    }
    if let memoryBytes, !Self.memorySizes.contains(memoryBytes) {
      throw InvalidJob(
        field: "memory",
        problem: "must be from \(Self.memorySizesText), not \(ByteCount.text(memoryBytes))")
    }
    if let cpus, !Self.cpuCounts.contains(cpus) {
      throw InvalidJob(field: "cpus", problem: "must be from 0.01 to 1000, not \(number: cpus)")
    }
  }
}

extension ResourceLimits {
  /// The stored text, such as `nice=10 memory=1048576`; nil without limits.
  package var stored: String? {
    let parts = [
      niceness.map { "nice=\($0)" }, memoryBytes.map { "memory=\($0)" }, cpus.map { "cpus=\($0)" },
      isBestEffort.map { "best-effort=\($0)" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  /// Reads a stored text; nil for no limits. Throws `corrupt`.
  package init(stored text: String?) throws(StoreError) {
    self.init()
    for part in (text ?? "").split(separator: " ") {
      let pair = part.split(separator: "=", maxSplits: 1)
      let value = String(pair.last ?? "")
      switch pair.first {
      case "nice": niceness = Int(value)
      case "memory": memoryBytes = Int(value)
      case "cpus": cpus = Double(value)
      case "best-effort": isBestEffort = Bool(value)
      default: break
      }
    }
    do throws(InvalidJob) { try check() } catch {
      throw StoreError(.corrupt, "the stored limits of a job are damaged: \(error)")
    }
    guard stored == text else {
      throw StoreError(
        .corrupt, "the stored limits of a job are damaged: \(quoted: text ?? "")")
    }
  }
}
