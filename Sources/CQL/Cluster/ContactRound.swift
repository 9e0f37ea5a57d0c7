/// One round over the nodes that may be asked for the topology.
///
/// Connecting to an address no longer in use fails only after seconds. So another attempt starts while one is in
/// progress, and addresses to which names resolve now come before those of nodes that are down. Times are milliseconds.
struct ContactRound {
    struct Candidate: Hashable {
        var endpoint: Endpoint
        /// The name that the node's certificate must have.
        var name: String
        var version = ProtocolVersion.v5
    }

    /// How long an attempt runs alone.
    static let stagger: UInt64 = 1_000

    private var waiting: [Candidate]
    /// Nodes that were down when the round began, which are tried last.
    private var down: [Candidate]
    private var lookUpsLeft: Int
    private var attempts = 0
    private var due: UInt64 = 0
    private(set) var errors: [CQLError] = []

    /// Begins a round with the known nodes and the number of pending lookups.
    init(up: [Candidate] = [], down: [Candidate] = [], lookUps: Int = 0) {
        waiting = up
        self.down = down
        lookUpsLeft = lookUps
    }

    /// Whether no candidates, attempts or lookups are left.
    var isOver: Bool { waiting.isEmpty && down.isEmpty && attempts == 0 && lookUpsLeft == 0 }

    /// Adds the addresses to which a name resolves.
    mutating func found(_ candidates: [Candidate]) {
        lookUpsLeft -= 1
        for var candidate in candidates {
            if let index = waiting.firstIndex(where: { $0.endpoint == candidate.endpoint }) {
                waiting[index].name = candidate.name
                continue
            }
            if let index = down.firstIndex(where: { $0.endpoint == candidate.endpoint }) {
                candidate.version = down.remove(at: index).version
            }
            waiting.append(candidate)
        }
    }

    mutating func notFound(_ error: CQLError) {
        lookUpsLeft -= 1
        errors.append(error)
    }

    /// Returns the candidate to try now, if an attempt is due; the caller reports its outcome.
    mutating func next(_ now: UInt64) -> Candidate? {
        guard attempts == 0 || due <= now else { return nil }
        let next: Candidate
        if !waiting.isEmpty {
            next = waiting.removeFirst()
        } else if !down.isEmpty {
            next = down.removeFirst()
        } else {
            return nil
        }
        attempts += 1
        due = now.saturatingAdd(Self.stagger)
        return next
    }

    /// Records that an attempt failed, so the next need not wait.
    mutating func failed(_ error: CQLError) {
        attempts -= 1
        errors.append(error)
        due = 0
    }

    /// Puts back the candidate of an attempt ended because another succeeded, in case that one fails.
    mutating func putBack(_ candidate: Candidate) {
        attempts -= 1
        waiting.append(candidate)
    }
}
