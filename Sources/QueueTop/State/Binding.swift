/// A row of the table of keys: their effect, when they are enabled, and their texts in footer,
/// menu, help and guide. ``all(on:)`` is the table.
struct Binding: Sendable {
  /// A text that may depend on the state; nil for none. Lower ranks are listed first.
  typealias Label = @Sendable (MonitorState) -> (rank: Int, text: String)?

  /// The rank of the hints at the right end of the footer.
  static let right = Int.max

  let keys: [Key]
  /// The keys as the help writes them.
  let shown: String
  /// The keys as the footer and the menu write them.
  let name: String
  /// A line for the help, and lines that explain it. A text that is empty or begins with ";"
  /// continues the row before.
  let help: String
  /// Whether it changes the queue; the help of a read-only screen omits such keys.
  private(set) var isAction = false
  /// Returns why the keys do nothing now; nil when they are enabled.
  private(set) var whyNot: @Sendable (MonitorState) -> String? = { _ in nil }
  /// Its text in the footer, and in the menu of F9. Only enabled bindings are offered there.
  private(set) var hint: Label = { _ in nil }
  private(set) var item: Label = { _ in nil }
  /// Applies the key at an index of ``keys``.
  let run: @Sendable (inout MonitorState, Int) -> [Effect]

  init(
    _ keys: [Key], shown: String? = nil, _ help: String,
    _ run: @escaping @Sendable (inout MonitorState) -> [Effect]
  ) {
    self.init(keys, shown, help, by: [()]) { state, _ in run(&state) }
  }

  /// A binding that has no effect outside the state.
  init(
    _ keys: [Key], shown: String? = nil, _ help: String,
    _ change: @escaping @Sendable (inout MonitorState) -> Void
  ) {
    self.init(keys, shown: shown, help, [()]) { state, _ in change(&state) }
  }

  /// A binding whose keys differ in a value, such as a direction.
  /// - Parameters:
  ///   - shown: nil for the names of all keys.
  ///   - values: one for each key, repeated if there are more keys.
  init<Value: Sendable>(
    _ keys: [Key], shown: String? = nil, _ help: String, _ values: [Value],
    _ change: @escaping @Sendable (inout MonitorState, Value) -> Void
  ) {
    self.init(keys, shown, help, by: values) { state, value in
      change(&state, value)
      return []
    }
  }

  private init<Value: Sendable>(
    _ keys: [Key], _ shown: String?, _ help: String, by values: [Value],
    run: @escaping @Sendable (inout MonitorState, Value) -> [Effect]
  ) {
    let names = keys.map(\.name)
    self.keys = keys
    self.shown = shown ?? names.joined(separator: " ")
    name = names.prefix(values.count).joined(separator: " ")
    self.help = help
    self.run = { run(&$0, values[$1 % values.count]) }
  }

  // MARK: Describing one

  /// Disables it where `whyNot` returns a reason.
  func unless(_ reason: @escaping @Sendable (MonitorState) -> String?) -> Binding {
    with { $0.whyNot = reason }
  }

  /// Marks an action on the queue, which is also disabled where changes are forbidden.
  func acts(unless reason: @escaping @Sendable (MonitorState) -> String?) -> Binding {
    with {
      $0.isAction = true
      $0.whyNot = { $0.whyUnchangeable ?? reason($0) }
    }
  }

  func hint(_ rank: Int, _ text: String) -> Binding { hint { _ in (rank, text) } }
  func hint(_ label: @escaping Label) -> Binding { with { $0.hint = label } }
  func item(_ rank: Int, _ text: String) -> Binding { item { _ in (rank, text) } }
  func item(_ label: @escaping Label) -> Binding { with { $0.item = label } }

  private func with(_ change: (inout Binding) -> Void) -> Binding {
    var changed = self
    change(&changed)
    return changed
  }

  // MARK: Asking the table

  typealias Offer = (binding: Binding, rank: Int, text: String)

  /// Returns the enabled bindings of the page that have such a label, by rank, then in the table's
  /// order.
  static func offered(_ label: KeyPath<Binding, Label>, in state: MonitorState) -> [Offer] {
    let offers = all(on: state.page).compactMap { binding -> Offer? in
      guard let (rank, text) = binding[keyPath: label](state), binding.whyNot(state) == nil
      else { return nil }
      return (binding, rank, text)
    }
    return offers.enumerated().sorted {
      ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset)
    }.map(\.element)
  }
}
