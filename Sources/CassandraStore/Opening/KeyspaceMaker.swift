internal import CQL
import Logging
import PlayerSessions

/// Creates a keyspace and its tables if they are missing, even while other processes do the same.
struct KeyspaceMaker {
    let client: CQL.Cluster
    let address: ClusterAddress
    /// The data centre of the nodes that coordinate.
    let dataCenter: String
    let patience: OpeningPatience
    let logger: Logger

    /// The copies of a new keyspace if the address does not say.
    static let defaultCopies = 1
    /// The most rounds that create something or lose a race: others may be creating it, and nodes need a moment.
    private static let maximumRounds = 40
    /// The timeout of a schema change: nodes may have to write much first.
    private static let patience = Duration.seconds(30)

    /// The outcome of a round.
    private enum Round {
        case ready(KnownKeyspace)
        case made([String])
        case refused(SessionStoreError)
        /// Refused for now; may succeed after more nodes have joined.
        case short(SessionStoreError)
    }

    /// Creates what is missing, if wanted; returns the resulting keyspace and what was created.
    func run(makesMissing: Bool) async throws(SessionStoreError) -> (keyspace: KnownKeyspace, made: [String])
    {
        var made: [String] = []
        let limit = KeyspaceMaker.maximumRounds
        let keyspace = try await patience.attempt(upTo: limit) { () throws(OpeningFault) in
            switch try await attemptRound(makesMissing: makesMissing) {
            case .ready(let keyspace): return keyspace
            case .made(let names):
                made += names
                throw OpeningFault(error: disagreement, mayBeRace: true, needsPause: false)
            case .refused(let refusal): throw OpeningFault(error: refusal)
            case .short(let refusal): throw OpeningFault(error: refusal, isTransient: true)
            }
        }
        return (keyspace, made)
    }

    private func attemptRound(makesMissing: Bool) async throws(OpeningFault) -> Round {
        do throws(CQLError) {
            return try await round(makesMissing: makesMissing)
        } catch {
            throw OpeningFault(error, opening: address.keyspace)
        }
    }

    private func round(makesMissing: Bool) async throws(CQLError) -> Round {
        await client.awaitSchemaAgreement()
        let known = try await KnownKeyspace.read(address.keyspace, from: client)
        if let refusal = refusal(of: known, makesMissing: makesMissing) { return .refused(refusal) }
        if known == nil, let refusal = shortage { return .short(refusal) }
        guard let known else {
            try await makeKeyspace()
            return .made(["keyspace \(address.keyspace)"])
        }
        var made: [String] = []
        for table in Schema.tables where known.tables[table.name] == nil {
            try await change(
                Schema.creation(table, keyspace: address.keyspace, version: known.version)
            )
            made.append("table \(address.keyspace).\(table.name)")
        }
        return made.isEmpty ? .ready(known) : .made(made)
    }

    private func makeKeyspace() async throws(CQLError) {
        let replication = address.replication ?? .copies(KeyspaceMaker.defaultCopies)
        let map = replication.cql(dataCenter: dataCenter)
        try await change(Schema.keyspace(address.keyspace, replication: map))
    }

    private func change(_ text: String) async throws(CQLError) {
        // A new round may repeat it: every change says IF NOT EXISTS.
        let options = RequestOptions(isIdempotent: false, timeout: KeyspaceMaker.patience)
        try await client.execute(text, BoundValues(), options)
        logger.log(.info, "schema changed", ["statement": String(text.prefix { $0 != "(" && $0 != "\n" })])
    }
}

extension KeyspaceMaker {
    /// Returns why the keyspace cannot be used or created; `nil` if it can.
    private func refusal(of known: KnownKeyspace?, makesMissing: Bool) -> SessionStoreError? {
        if let part = known?.foreignPart {
            return refuse(
                "it holds the tables of another program: \(part)",
                hint:
                    "name a keyspace that is not there yet, as in cassandra://HOST/player_sessions, and import the "
                    + "events into it; the old keyspace stays as it is"
            )
        }
        if !makesMissing, Schema.tables.contains(where: { known?.tables[$0.name] == nil }) {
            return refuse(
                known == nil ? "there is no such keyspace" : "it has no sessions: tables are missing"
            )
        }
        guard known == nil, let replication = address.replication else { return nil }
        if replication.copies(in: dataCenter) == 0, address.consistency == .localQuorum {
            return refuse("replication has no copies in the data centre \(dataCenter), where this service is")
        }
        return nil
    }

    /// Why the data centre has too few nodes for the keyspace to be created; `nil` if it has enough.
    private var shortage: SessionStoreError? {
        guard let copies = address.replication?.copies(in: dataCenter) else { return nil }
        let nodes = client.nodes.count { $0.dataCenter == dataCenter }
        guard copies > nodes else { return nil }
        return refuse(
            "replication asks for \(copies) copies in the data centre \(dataCenter), which has \(nodes) "
                + (nodes == 1 ? "node" : "nodes"),
            hint: "add nodes, or ask for fewer copies, as in ?replication=\(nodes)"
        )
    }

    /// The error if even the last round created something.
    private var disagreement: SessionStoreError {
        refuse("all tables were made, but the nodes do not agree on the schema yet", hint: "start again")
    }

    private func refuse(_ reason: String, hint: String? = nil) -> SessionStoreError {
        .unusable(keyspace: address.keyspace, reason, hint: hint)
    }
}

extension OpeningFault {
    /// Converts a client's error.
    init(_ error: CQLError, opening keyspace: String) {
        self.init(
            error: .unusable(keyspace: keyspace, error.description),
            isTransient: error.isTransient,
            mayBeRace: error.mayBeRace
        )
    }
}
