import QueueCore

/// Numbers and durations in compact form.
package enum Format {
  /// With thousands separators: `98,311`.
  package static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// At most four digits, or a unit: `1204`, `98k`, `1.2M`.
  package static func short(_ number: Int) -> String {
    switch number {
    case ..<10_000: return "\(number)"
    case ..<1_000_000: return "\(number / 1000)k"
    case ..<10_000_000: return "\(number / 1_000_000).\(number / 100_000 % 10)M"
    case ..<1_000_000_000: return "\(number / 1_000_000)M"
    default: return "\(number / 1_000_000_000)G"
    }
  }

  /// About two significant digits: `0.02`, `1.4`, `37`, `1,204`.
  package static func rate(_ perSecond: Double) -> String {
    switch perSecond {
    case ..<0.005: "0"
    case ..<0.1: "0.\(Int((perSecond * 100).rounded()), digits: 2)"
    case ..<99.95: "\(tenths: perSecond)"
    default: grouped(Int(perSecond.rounded()))
    }
  }

  /// `1.8%`, `12%`.
  package static func percent(_ share: Double) -> String {
    let percent = share * 100
    return percent > 0 && percent < 9.95 ? "\(tenths: percent)%" : "\(Int(percent.rounded()))%"
  }

  /// In the largest whole unit, for ages: `42s`, `2m`, `11h`, `3d`.
  package static func age(_ duration: Duration) -> String {
    let seconds = max(0, duration.milliseconds / 1000)
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m"
    case ..<86_400: return "\(seconds / 3600)h"
    case ..<(1000 * 86_400): return "\(seconds / 86_400)d"
    default: return "\(seconds / (365 * 86_400))y"
    }
  }

  /// At most five columns, for run times: `0.4s`, `42s`, `1m01`, `2h10`, `3d04`.
  package static func elapsed(_ duration: Duration) -> String {
    let milliseconds = max(0, duration.milliseconds)
    let seconds = Int(milliseconds / 1000)
    switch seconds {
    case ..<10: return "\(seconds).\(milliseconds / 100 % 10)s"
    case ..<60: return "\(seconds)s"
    case ..<3600: return "\(seconds / 60)m\(seconds % 60, digits: 2)"
    case ..<86_400: return "\(seconds / 3600)h\(seconds / 60 % 60, digits: 2)"
    case ..<(100 * 86_400): return "\(seconds / 86_400)d\(seconds / 3600 % 24, digits: 2)"
    default: return "\(seconds / 86_400)d"
    }
  }

  /// In milliseconds below a second, for waits and runs: `4ms`, `340ms`, `1.2s`, `2m10`.
  package static func span(_ duration: Duration) -> String {
    let milliseconds = max(0, duration.milliseconds)
    return milliseconds < 1000 ? "\(milliseconds)ms" : elapsed(duration)
  }
}
