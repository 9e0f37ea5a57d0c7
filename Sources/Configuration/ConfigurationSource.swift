extension Configuration {
    /// Where a value came from; the description is what a user would look for.
    public enum Source: Sendable, Hashable, CustomStringConvertible {
        /// No source gave a value.
        case defaults
        /// A file, and the line if it is known.
        case file(path: String, line: Int?)
        /// An environment variable.
        case environment(variable: String)
        /// A flag of the command line, with its dashes.
        case flag(String)

        /// `default`, `players.json5:3`, `PLAYER_SESSIONS_LISTEN` or `--listen`.
        public var description: String {
            switch self {
            case .defaults: "default"
            case .file(let path, let line?): "\(shown(path)):\(line)"
            case .file(let path, nil): shown(path)
            case .environment(let variable): shown(variable)
            case .flag(let name): shown(name)
            }
        }
    }
}
