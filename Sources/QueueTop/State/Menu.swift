import QueueCore
import QueueOperations

/// The menu of actions that apply to the row.
struct Menu: Equatable, Sendable {
  /// A key with its label.
  struct Item: Equatable, Sendable {
    var key: Key
    var label: String
  }

  var title: String
  var items: [Item]
  /// The targets of its actions, fixed while the menu is open.
  var targets: [Job]
  var worker: WorkerView?
  var queue: QueueLine?
  var schedule: ScheduleLine?
  var index = 0

  mutating func move(by rows: Int) {
    index = max(0, min(items.count - 1, index + rows))
  }
}

extension MonitorState {
  /// Opens the menu of all enabled bindings that have an item.
  mutating func openMenu() {
    let items = Binding.offered(\.item, in: self).map {
      Menu.Item(key: $0.binding.keys[0], label: $0.text)
    }
    overlay = .menu(
      Menu(
        title: menuTitle, items: items, targets: targets, worker: selectedWorker,
        queue: page == .queues ? selectedQueue : nil,
        schedule: page == .schedules ? selectedSchedule : nil))
  }

  /// Applies an item to the targets for which the menu was opened.
  mutating func choose(_ key: Key, in menu: Menu) -> [Effect] {
    overlay = nil
    guard menu.items.contains(where: { $0.key == key }) else { return [] }
    (frozenTargets, frozenWorker, frozenQueue) = (menu.targets, menu.worker, menu.queue)
    frozenSchedule = menu.schedule
    defer {
      (frozenTargets, frozenWorker, frozenQueue, frozenSchedule) = (nil, nil, nil, nil)
    }
    return handleOnPage(key)
  }

  private var menuTitle: String {
    if page == .queues { return selectedQueue.map { "Queue \($0.name)" } ?? "Queues" }
    if page == .schedules {
      return selectedSchedule.map { "Schedule \($0.schedule.name)" } ?? "Schedules"
    }
    if isOnWorkers { return selectedWorker.map { "Worker \($0.record.id)" } ?? "Workers" }
    if page == .lists, !list.marks.isEmpty { return "\(list.marks.count) marked jobs" }
    return targets.first?.id.text ?? "Jobs"
  }
}
