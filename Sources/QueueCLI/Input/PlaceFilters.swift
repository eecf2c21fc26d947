import ArgumentParser
import QueueCore
import QueueSession

/// The filters by queue and tag. A command that changes queues and tags names them differently.
protocol PlaceFilters: ParsableArguments {
  var queue: String? { get }
  var tag: [String] { get }
  /// What precedes `queue` and `tag` in the names of the options.
  static var prefixes: (queue: String, tag: String) { get }
}

struct UsualPlaceFilters: PlaceFilters {
  static let prefixes = (queue: "--", tag: "--")

  @Option(help: "Only jobs of this queue.", completion: ShellCompletions.queues)
  var queue: String?

  @Option(
    help: ArgumentHelp("Only jobs with this tag; with several, all of them.", valueName: "name"),
    completion: ShellCompletions.tags)
  var tag: [String] = []
}

/// For `edit`, whose `--queue` and `--tag` are changes.
struct PresentPlaceFilters: PlaceFilters {
  static let prefixes = (queue: "--in-", tag: "--with-")

  @Option(
    name: .customLong("in-queue"),
    help: ArgumentHelp("Only jobs that are in this queue.", valueName: "queue"),
    completion: ShellCompletions.queues)
  var queue: String?

  @Option(
    name: .customLong("with-tag"),
    help: ArgumentHelp(
      "Only jobs that have this tag; with several, all of them.", valueName: "name"),
    completion: ShellCompletions.tags)
  var tag: [String] = []
}
