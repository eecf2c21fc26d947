extension Monitor {
  /// What the command line chose.
  public struct Options: Sendable {
    /// The machine's name and the database, for the title.
    public var host: String
    /// The path of the database.
    public var database: String
    /// How the database was chosen, if not by a flag.
    public var origin: String
    /// Whether nothing may be changed.
    public var isReadOnly: Bool
    /// How often to look.
    public var interval: Duration
    /// The terminal's name, `TERM`.
    public var terminal: String
    /// What the terminal can draw.
    public var theme: Theme
    /// Whether colours may be used.
    public var wantsColor: Bool
    /// Whether this runs inside tmux.
    public var isInTmux: Bool
    /// What is shown first.
    public var view = FirstView()
    /// The choices that were kept.
    public var preferences = Preferences()
    /// Why they couldn't be read, and are ignored; nil if they could.
    public var preferencesProblem: String?
    /// The file that keeps choices; nil if there is no place for it.
    public var preferencesPath: String?
    /// The background by the environment, until the terminal says.
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
