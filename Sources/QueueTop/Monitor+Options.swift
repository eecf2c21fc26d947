extension Monitor {
  /// The choices of the command line.
  public struct Options: Sendable {
    /// The host name and the database, for the title.
    public var host: String
    /// The path of the database.
    public var database: String
    /// The source of the database path, unless it is a flag.
    public var origin: String
    /// Whether actions are disabled.
    public var isReadOnly: Bool
    /// The time between two reads.
    public var interval: Duration
    /// The terminal's name, `TERM`.
    public var terminal: String
    /// What the terminal can draw.
    public var theme: Theme
    /// Whether colours may be used.
    public var wantsColor: Bool
    /// Whether this runs inside tmux.
    public var isInTmux: Bool
    /// The first view.
    public var view = FirstView()
    /// The kept choices.
    public var preferences = Preferences()
    /// The reason why they couldn't be read and are ignored; nil if they could.
    public var preferencesProblem: String?
    /// The file for kept choices; nil if its directory is unknown.
    public var preferencesPath: String?
    /// The background according to the environment, until the terminal reports its own.
    public var background = Background.dark

    /// All of its parts.
    public init(
      host: String, database: String, origin: String, isReadOnly: Bool, interval: Duration,
      terminal: String, theme: Theme, wantsColor: Bool, isInTmux: Bool
    ) {
      self.host = host
      self.database = database
      self.origin = origin
      self.isReadOnly = isReadOnly
      self.interval = interval
      self.terminal = terminal
      self.theme = theme
      self.wantsColor = wantsColor
      self.isInTmux = isInTmux
    }
  }
}
