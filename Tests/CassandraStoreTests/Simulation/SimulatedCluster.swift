import Fuzzing

@testable import CassandraStore

/// Three replicas of everything, with the guarantees that Cassandra gives and no others.
///
/// A write is answered when two replicas have it, whatever becomes of the third; an error says nothing about what was
/// or will be applied. A read merges what two or three replicas hold, each at a moment of its own, and repairs
/// nothing. Conditional batches and serial reads of a partition happen one after the other.
///
/// `@unchecked Sendable`: all of it happens on the simulation's thread.
final class SimulatedCluster: @unchecked Sendable {
    let simulation: Simulation
    var faults: Faults
    private var replicas = [Replica](repeating: Replica(), count: 3)
    /// What conditional batches wrote to a partition, in their order.
    private var decided: [PartitionKey: [[RowWrite]]] = [:]
    private var lastTime: Int64 = 0
    private var pages: [UInt64: [Value]] = [:]
    /// How long tombstones are kept.
    var grace = Grace()
    /// Whether every request is done at once and everywhere: for the questions that are asked when all is over.
    var isCalm = false
    /// What happened, for whoever looks for a fault.
    var trace: [String]?

    /// Microseconds since 1970 at which the world begins: 2023-11-14.
    static let epoch: Int64 = 1_700_000_000_000_000
    static let millisecond: Int64 = 1_000_000
    static let second: Int64 = 1_000_000_000
    /// As `ClusterOpening` has it.
    private static let timeout: Int64 = 6 * second

    init(_ simulation: Simulation, faults: Faults) {
        self.simulation = simulation
        self.faults = faults
    }

    /// The cluster's clock in µs; no two calls give the same.
    private func time() -> Int64 {
        lastTime = max(lastTime + 1, SimulatedCluster.epoch + simulation.now / 1_000)
        return lastTime
    }

    private var second: Int64 { (SimulatedCluster.epoch + simulation.now / 1_000) / 1_000_000 }

    private func happens(_ once: Int) -> Bool {
        once != .max && simulation.random.once(in: once)
    }

    /// A time on the wire: milliseconds, and seconds or minutes where it is late.
    func delay() -> Int64 {
        let usual = Int64.random(in: 1...20, using: &simulation.random) * SimulatedCluster.millisecond
        guard happens(faults.late) else { return usual }
        let seconds = simulation.random.element(of: [Int64(1), 5, 30, 120, 400])
        return usual + Int64.random(in: 0...seconds, using: &simulation.random) * SimulatedCluster.second
    }

    typealias Answer = (Result<Page, ClusterError>) -> Void

    /// Takes a request and answers once.
    ///
    /// `lost` says how often a delivery of it is, where that is not the usual, and a
    /// script what becomes of it, where there is one.
    func take(_ request: Request, lost: Int? = nil, _ script: Script? = nil, _ answer: @escaping Answer) {
        if isCalm { return answer(.success(calmAnswer(to: request))) }
        if happens(faults.refused) {
            return simulation.after(delay()) {
                answer(.failure(ClusterError(outcome: .notApplied, reason: "refused")))
            }
        }
        let isSilent = happens(faults.silent)
        let once = Once(answer)
        let reply: Answer = { [self] result in
            if !isSilent { simulation.after(delay()) { once.answer(result) } }
        }
        simulation.after(SimulatedCluster.timeout) {
            once.answer(.failure(ClusterError(outcome: .unknown, reason: "timeout")))
        }
        let statement = request.statements[0]
        switch request.kind {
        case .conditionalBatch:
            let steering = script?(statement)
            if steering?.replicas.isEmpty ?? happens(faults.lost) { return }
            decide(request, steering, reply)
        case .unloggedBatch:
            write(request.statements, lost, script, reply)
        case .single where statement.scannedTable != nil:
            scan(statement.scannedTable ?? "", reply)
        case .single where statement.isRemovalOfPartition:
            remove(statement, lost, reply)
        case .single where statement.readPartition == nil:
            write(request.statements, lost, script, reply)
        case .single:
            if statement.isSerial, let partition = statement.readPartition { finishDecisions(partition) }
            read(statement, page: request.page, from: script?(statement)?.replicas, reply)
        }
    }

    // Writes

    /// A write's part that goes to one partition.
    private struct Mutation {
        var writes: [RowWrite] = []
        var steering: Steering?
    }

    private func write(
        _ statements: [Statement],
        _ lost: Int?,
        _ script: Script?,
        _ reply: @escaping Answer
    ) {
        let time = time()
        var partitions: [[Value]] = []
        var mutations: [[Value]: Mutation] = [:]
        for statement in statements {
            let row = statement.rowWrite(at: time)
            // The tables of one partition key share a mutation.
            let key = statement.routingKey
            if mutations[key] == nil {
                partitions.append(key)
                mutations[key] = Mutation(steering: script?(statement))
            }
            mutations[key]?.writes.append(row)
        }
        let all = partitions.compactMap { mutations[$0] }
        var missing = all.count
        for mutation in all {
            deliver(mutation, lost) {
                missing -= 1
                if missing == 0 { reply(.success(Page())) }
            }
        }
    }

    /// Removes a partition.
    private func remove(_ statement: Statement, _ lost: Int?, _ reply: @escaping Answer) {
        let partition = PartitionKey(table: "log", key: statement.routingKey)
        for replica in replicas.indices where !happens(lost ?? faults.lost) {
            simulation.after(delay()) { [self] in replicas[replica].remove(partition, at: second) }
        }
        simulation.after(2 * delay()) { reply(.success(Page())) }
    }

    /// Sends a mutation to every replica; calls `onQuorum` when two have it.
    private func deliver(_ mutation: Mutation, _ lost: Int?, onQuorum: @escaping () -> Void) {
        var count = 0
        for replica in mutation.steering?.replicas ?? Array(replicas.indices) {
            if happens(lost ?? faults.lost) { continue }
            let seconds = mutation.steering?.seconds ?? 0
            simulation.after(delay() + seconds * SimulatedCluster.second) { [self] in
                apply(mutation.writes, to: replica)
                count += 1
                if count == 2 { onQuorum() }
            }
            if happens(faults.repeated) {
                simulation.after(delay() + delay()) { [self] in apply(mutation.writes, to: replica) }
            }
        }
    }

    private func apply(_ mutation: [RowWrite], to replica: Int) {
        trace?.append("\(simulation.now / 1_000_000) replica \(replica): \(mutation.map(Trace.describe))")
        for write in mutation { replicas[replica].apply(write) }
    }

    // Reads

    private func read(
        _ statement: Statement,
        page: PagingState?,
        from chosen: [Int]?,
        _ reply: @escaping Answer
    ) {
        guard let partition = statement.readPartition else { return }
        let any = replicas.indices.shuffled(using: &simulation.random)
            .prefix(simulation.random.once(in: 3) ? 3 : 2)
        let asked = chosen ?? Array(any)
        var merged: [[Value]: StoredRow] = [:]
        var missing = asked.count
        var isRemoved = false
        for replica in asked {
            simulation.after(delay()) { [self] in
                for (clustering, row) in replicas[replica].partition(partition) {
                    merged[clustering, default: StoredRow()].merge(row)
                }
                isRemoved = isRemoved || replicas[replica].isRemoved(partition)
                if isRemoved { merged = [:] }
                missing -= 1
                if missing == 0 { reply(.success(self.page(statement, merged, behind: page))) }
            }
        }
    }

    /// The keys of a table's partitions in one page, as any two replicas together have them at one moment.
    private func scan(_ table: String, _ reply: @escaping Answer) {
        let asked = replicas.indices.shuffled(using: &simulation.random).prefix(2)
        simulation.after(delay()) { [self] in
            var merged = Replica()
            for place in asked { merged.repair(table, from: replicas[place]) }
            reply(.success(Page(rows: merged.liveKeys(of: table, at: second))))
        }
    }

    /// A few rows, so that even short answers have several pages.
    private func page(_ statement: Statement, _ rows: [[Value]: StoredRow], behind page: PagingState?) -> Page
    {
        var answer = statement.answer(rows, of: statement.routingKey, at: second)[...]
        if let page, let last = pages[SimulatedCluster.number(page)] {
            answer = answer.drop { !last.precedes($0.clustering) }
        }
        let size = statement.hasOnePage ? Int.max : Int.random(in: 1...5, using: &simulation.random)
        var result = Page(rows: answer.prefix(size).map(\.row))
        if answer.count > size {
            let number = UInt64(pages.count)
            pages[number] = answer.prefix(size).last?.clustering
            result.next = PagingState(bytes: (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
        }
        return result
    }

    private static func number(_ page: PagingState) -> UInt64 {
        page.bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    // Restoring

    /// What the replicas hold of some tables.
    struct Snapshot {
        fileprivate var replicas: [Replica]
    }

    /// Takes a snapshot: everything as it is, with what was decided brought to all replicas.
    func snapshot() -> Snapshot {
        for writes in decided.values.joined() { for place in places { apply(writes, to: place) } }
        decided = [:]
        return Snapshot(replicas: replicas)
    }

    /// Sets these tables back to a snapshot, or truncates them where there is none.
    func restore(_ snapshot: Snapshot?, _ tables: [String] = Grace.tables) {
        for place in places {
            replicas[place].replace(tables, by: snapshot?.replicas[place] ?? Replica())
        }
        decided = decided.filter { !tables.contains($0.key.table) }
    }

    // Compaction

    /// The numbers of the replicas.
    var places: [Int] { Array(replicas.indices) }

    /// Purges the tombstones that are older than their grace, on all replicas or on some of them.
    ///
    /// The nodes were repaired before where they have to be.
    func compact(_ places: [Int] = [0, 1, 2]) {
        for table in Grace.repaired {
            for place in replicas.indices {
                for other in replicas { replicas[place].repair(table, from: other) }
            }
        }
        for table in Grace.tables {
            for place in places { replicas[place].purge(table, before: second - grace.seconds(table)) }
        }
        trace?.append("\(simulation.now / 1_000_000) replicas \(places) purge tombstones")
    }

    // Calm

    private func calmAnswer(to request: Request) -> Page {
        let statement = request.statements[0]
        if let table = statement.scannedTable {
            var merged = Replica()
            for replica in replicas { merged.repair(table, from: replica) }
            return Page(rows: merged.liveKeys(of: table, at: second))
        }
        if let partition = statement.readPartition {
            finishDecisions(partition)
            let answer = statement.answer(merged(partition), of: statement.routingKey, at: second)
            return Page(rows: answer.map(\.row))
        }
        if statement.isRemovalOfPartition {
            for place in places {
                replicas[place].remove(PartitionKey(table: "log", key: statement.routingKey), at: second)
            }
            return Page()
        }
        let time = time()
        let writes = request.statements.map { $0.rowWrite(at: time) }
        if request.kind == .conditionalBatch {
            finishDecisions(writes[0].key.partition)
            var page = Page()
            page.isApplied = statement.holds(merged(writes[0].key.partition), at: second)
            if !page.isApplied { return page }
        }
        for replica in replicas.indices { apply(writes, to: replica) }
        return Page()
    }

    /// What all replicas together hold of a partition.
    private func merged(_ partition: PartitionKey) -> [[Value]: StoredRow] {
        var merged: [[Value]: StoredRow] = [:]
        if replicas.contains(where: { $0.isRemoved(partition) }) { return [:] }
        for replica in replicas {
            for (clustering, row) in replica.partition(partition) {
                merged[clustering, default: StoredRow()].merge(row)
            }
        }
        return merged
    }

    // Lightweight transactions

    private func decide(_ request: Request, _ steering: Steering?, _ reply: @escaping Answer) {
        simulation.after(delay()) { [self] in
            let time = time()
            let writes = request.statements.map { $0.rowWrite(at: time) }
            let partition = writes[0].key.partition
            finishDecisions(partition)
            guard request.statements[0].holds(merged(partition), at: second) else {
                var page = Page()
                page.isApplied = false
                return reply(.success(page))
            }
            decided[partition, default: []].append(writes)
            deliver(Mutation(writes: writes, steering: steering), nil) { reply(.success(Page())) }
        }
    }

    /// A round of Paxos first brings what was decided before to a quorum.
    private func finishDecisions(_ partition: PartitionKey) {
        for writes in decided[partition] ?? [] {
            let quorum = replicas.indices.shuffled(using: &simulation.random).prefix(2)
            for replica in quorum { apply(writes, to: replica) }
        }
        decided[partition] = nil
    }
}

/// Answers a request the first time that it is told to.
private final class Once {
    private var body: SimulatedCluster.Answer?

    init(_ body: @escaping SimulatedCluster.Answer) {
        self.body = body
    }

    func answer(_ result: Result<Page, ClusterError>) {
        body?(result)
        body = nil
    }
}
