import PlayerSessions
import Synchronization

@testable import CassandraStore

/// A cluster of one replica that answers at once and never fails: the statements' meaning, and nothing else.
final class InstantCluster: Cluster {
    private struct State {
        var replica = Replica()
        var lastTime: Int64 = 0
        /// Every player of whom there are facts.
        var players: Set<[UInt8]> = []
        /// What is behind each page.
        var rests: [UInt64: ArraySlice<Row>] = [:]
    }

    private let clock: WallClock
    private let state = Mutex(State())
    /// The most rows of a page.
    private let pageSize: Int

    init(clock: WallClock, pageSize: Int = 5_000) {
        self.clock = clock
        self.pageSize = pageSize
    }

    func run(_ request: Request) async throws(ClusterError) -> Page {
        state.withLock { state in
            state.lastTime = max(state.lastTime + 1, clock.now.microseconds)
            return read(request, &state) ?? write(request, &state)
        }
    }

    private func read(_ request: Request, _ state: inout State) -> Page? {
        let statement = request.statements[0]
        let second = state.lastTime / 1_000_000
        var size = pageSize
        if case .scanFacts = statement { size = min(pageSize, 7) }
        if let page = request.page {
            return self.page(state.rests[InstantCluster.number(page)] ?? [], size, &state)
        }
        switch statement {
        case .readClock:
            return Page(rows: [[.bigint(state.lastTime / 1_000)]])
        case .scanSpans, .scanLogs:
            let table = statement.scannedTable ?? ""
            return page(state.replica.liveKeys(of: table, at: second)[...], size, &state)
        case .scanFacts(let player):
            let rest = state.players.sorted { $0.lexicographicallyPrecedes($1) }
                .filter { player.map(\.bytes)?.lexicographicallyPrecedes($0) ?? true }
            let found = rest.flatMap { player in
                statement.answer(rows(state, "facts", [.text(player)]), of: [.text(player)], at: second)
            }
            return page(found.map(\.row)[...], size, &state)
        default:
            guard let partition = statement.readPartition else { return nil }
            var rows = state.replica.partition(partition)
            if case .readFacts(let key) = statement {
                // The one row, without a look at all others.
                rows = rows[[.text(key.session.bytes)]].map { [[.text(key.session.bytes)]: $0] } ?? [:]
            }
            let answer = statement.answer(rows, of: statement.routingKey, at: second, pageSize: size)
            return page(answer.map(\.row)[...], size, &state)
        }
    }

    /// The first of some rows; the rest is kept as it is for whoever asks for the next page.
    private func page(_ rows: ArraySlice<Row>, _ size: Int, _ state: inout State) -> Page {
        var page = Page(rows: Array(rows.prefix(size)))
        if rows.count > size {
            let number = UInt64(state.rests.count)
            state.rests[number] = rows.dropFirst(size)
            page.next = InstantCluster.page(number)
        }
        return page
    }

    private func write(_ request: Request, _ state: inout State) -> Page {
        let statement = request.statements[0]
        if case .claimSetting = statement {
            let row = rows(state, "settings", statement.routingKey)[[]]
            if let known = row?.value("value", at: state.lastTime / 1_000_000), known != .null {
                var page = Page(rows: [[known]])
                page.isApplied = false
                return page
            }
        }
        if statement.isRemovalOfPartition {
            let key = PartitionKey(table: "log", key: statement.routingKey)
            state.replica.remove(key, at: state.lastTime / 1_000_000)
            return Page()
        }
        if request.kind == .conditionalBatch, statement.isDecided {
            let partition = statement.rowWrite(at: state.lastTime).key.partition
            guard statement.holds(state.replica.partition(partition), at: state.lastTime / 1_000_000) else {
                var page = Page()
                page.isApplied = false
                return page
            }
        }
        for statement in request.statements {
            let write = statement.rowWrite(at: state.lastTime)
            if write.key.partition.table == "facts" {
                state.players.insert(write.key.partition.key[0].bytes ?? [])
            }
            state.replica.apply(write)
        }
        return Page()
    }

    /// Truncates all tables, or some.
    func truncate(_ tables: [String] = Grace.tables) {
        state.withLock { $0.replica.replace(tables, by: Replica()) }
    }

    /// The hours of `start_events_by_hour`, as an outside reader would sum them.
    func hours() -> [Int64: Int64] {
        state.withLock { state in
            var hours: [Int64: Int64] = [:]
            for (key, rows) in state.replica.partitions where key.table == "hours" {
                for row in rows.values {
                    hours[key.key[0].number ?? 0, default: 0] += row.value("session_count", at: 0).number ?? 0
                }
            }
            return hours
        }
    }

    /// How many rows a table has that are live.
    func liveRows(_ table: String) -> Int {
        state.withLock { state in
            let second = state.lastTime / 1_000_000
            return state.replica.partitions.filter { $0.key.table == table }
                .reduce(0) { $0 + $1.value.values.count { $0.isLive(at: second) } }
        }
    }

    private func rows(_ state: State, _ table: String, _ key: [Value]) -> [[Value]: StoredRow] {
        state.replica.partition(PartitionKey(table: table, key: key))
    }

    private static func page(_ number: UInt64) -> PagingState {
        PagingState(bytes: (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }

    private static func number(_ page: PagingState) -> UInt64 {
        page.bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
