internal import Text

/// Which store the service uses, and where it is.
public enum StoreLocation: Sendable, Hashable {
    /// The embedded store in a directory.
    case rocksdb(path: String)
    /// A Cassandra cluster.
    case cassandra(CassandraLocation)

    /// Parses `rocksdb:PATH` or a `cassandra://` address, as the key `store` and `--store` accept them.
    ///
    /// - Throws: An error that shows the text with passwords hidden.
    public init(_ text: String, source: Configuration.Source) throws(ConfigurationError) {
        do throws(InvalidValue) {
            try self.init(configurationText: text)
        } catch {
            throw ConfigurationError(
                key: "store",
                source: source,
                value: hidingPasswords(text),
                reason: error.reason
            )
        }
    }

    /// The text for this location, with passwords hidden.
    public var description: String { configurationText }
}

extension StoreLocation: ConfigurationForm, CustomStringConvertible {
    static let form = "rocksdb:PATH or cassandra://USER@HOST,HOST:PORT/KEYSPACE"

    init(configurationText text: String) throws(InvalidValue) {
        let rocksdb = "rocksdb:"
        if text.hasPrefix(rocksdb) {
            let path = text.dropFirst(rocksdb.count)
            guard !path.isEmpty else { throw InvalidValue("has no path; write rocksdb:PATH") }
            guard !path.hasPrefix("//") else {
                throw InvalidValue(
                    "is no address with //; write rocksdb:PATH, as in rocksdb:/var/lib/player-sessions"
                )
            }
            guard !path.contains("://") else {
                throw InvalidValue("has an address for a path; write rocksdb:PATH, or the address alone")
            }
            guard !path.utf8.contains(0) else { throw InvalidValue("has a NUL in its path") }
            self = .rocksdb(path: String(path))
        } else if text.hasPrefix(CassandraLocation.prefix) {
            self = .cassandra(try CassandraLocation(configurationText: text))
        } else {
            throw InvalidValue("must be \(StoreLocation.form)")
        }
    }

    var configurationText: String {
        switch self {
        case .rocksdb(let path): "rocksdb:\(path)"
        case .cassandra(let location): location.configurationText
        }
    }
}

extension Configuration {
    /// Where the store's location came from.
    public var storeSource: Source { sources["store"] ?? .defaults }

    /// Returns a copy with another store, for commands that use two.
    public func with(store: StoreLocation, source: Source) -> Configuration {
        var other = self
        other.store = store
        other.sources["store"] = source
        return other
    }
}
