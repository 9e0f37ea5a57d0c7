import CQL
import CassandraTesting
import Logging
import Metrics
import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

/// All tests of the store on real nodes, one suite after the other.
@Suite(.serialized) struct OnRealNodes {}

/// The address of a keyspace on the suite's nodes.
func address(
    _ keyspace: String,
    _ change: (inout ClusterAddress) -> Void = { _ in }
) throws -> ClusterAddress {
    let nodes = try nodes()
    var address = ClusterAddress(
        nodes: (1...nodes.count).map { .init(host: nodes.address($0), port: CassandraNodes.port) },
        keyspace: keyspace
    )
    change(&address)
    return address
}

/// Opens a store on the suite's nodes.
func openStore(
    _ address: ClusterAddress,
    retention: Retention = .forever,
    makesMissing: Bool = true,
    logger: Logger = .silent
) async throws(SessionStoreError) -> CassandraStore {
    var options = CassandraStore.Options()
    options.retention = retention
    return try await CassandraStore.open(
        address,
        options: options,
        makesMissing: makesMissing,
        metrics: MetricsRegistry(),
        logger: logger
    )
}

/// The error of an opening that must fail.
func refusal(
    of address: ClusterAddress,
    makesMissing: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> SessionStoreError? {
    do throws(SessionStoreError) {
        let store = try await openStore(address, makesMissing: makesMissing)
        await store.close()
        Issue.record("the store was opened", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// What was logged.
final class LogRecord: Sendable {
    private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

    var logger: Logger {
        Logger(minimumLevel: .debug) { [self] level, message, values in
            let text = message + values.map { " \($0)=\($1)" }.joined()
            lines.withLock { $0.append((level, text)) }
        }
    }

    /// The lines of a level.
    func lines(_ level: Logger.Level) -> [String] {
        lines.withLock { lines in lines.filter { $0.level == level }.map(\.text) }
    }
}

/// A session's start.
func start(_ player: String, _ session: String, _ ts: String, _ country: String) throws -> SessionEvent {
    SessionEvent(
        .start(try #require(CountryCode(country))),
        playerID: try Identifier(player),
        sessionID: try Identifier(session),
        timestamp: try Timestamp(parsing: ts)
    )
}

/// A session's end.
func end(_ player: String, _ session: String, _ ts: String) throws -> SessionEvent {
    SessionEvent(
        .end,
        playerID: try Identifier(player),
        sessionID: try Identifier(session),
        timestamp: try Timestamp(parsing: ts)
    )
}
