internal import CQL
import Logging
import PlayerSessions

/// Sees to it that a keyspace and its tables are there, beside others that do the same.
struct KeyspaceMaker {
    let client: CQL.Cluster
    let address: ClusterAddress
    /// The data centre of the nodes that are asked.
    let dataCenter: String
    let patience: OpeningPatience
    let logger: Logger

    /// The copies of a keyspace that is made without a word about them.
    static let defaultCopies = 1
    /// How many rounds may make something or meet a race: others may be making it, and nodes need a moment.
    private static let maximumRounds = 40
    /// How long a change of the schema may take: nodes may have to write much first.
    private static let patience = Duration.seconds(30)

    /// What a round found or did.
    private enum Round {
        case ready(KnownKeyspace)
        case made([String])
        case refused(SessionStoreError)
        /// Refused as it is, and perhaps not when more nodes have come.
        case short(SessionStoreError)
    }

    /// Makes what is missing, where that is wanted; gives the keyspace as it is then, and what was made.
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
        // Every change says IF NOT EXISTS.
        let options = RequestOptions(isIdempotent: false, timeout: KeyspaceMaker.patience)
        try await client.execute(text, BoundValues(), options)
        logger.log(.info, "schema changed", ["statement": String(text.prefix { $0 != "(" && $0 != "\n" })])
    }
}

extension KeyspaceMaker {
    /// Why the keyspace cannot be used, or not be made; `nil` where it can.
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

    /// Why the data centre has too few nodes for a keyspace that is to be made; `nil` where it has enough.
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

    /// Why rounds that make something have to come to an end.
    private var disagreement: SessionStoreError {
        refuse("all tables were made, but the nodes do not agree on the schema yet", hint: "start again")
    }

    private func refuse(_ reason: String, hint: String? = nil) -> SessionStoreError {
        .unusable(keyspace: address.keyspace, reason, hint: hint)
    }
}

extension OpeningFault {
    /// Why the cluster did not do what an opening asked of it.
    init(_ error: CQLError, opening keyspace: String) {
        self.init(
            error: .unusable(keyspace: keyspace, error.description),
            isTransient: error.isTransient,
            mayBeRace: error.mayBeRace
        )
    }
}
