/// One round over the nodes that may be asked for the topology: whom to try next, and when.
///
/// An attempt at an address that nobody has any more fails after seconds. So another attempt begins while one is under
/// way, and addresses that names stand for now come before those of nodes that are down. Times are milliseconds.
struct ContactRound {
    struct Candidate: Hashable {
        var endpoint: Endpoint
        /// Whom the node's certificate has to name.
        var name: String
        var version = ProtocolVersion.v5
    }

    /// How long an attempt is alone.
    static let stagger: UInt64 = 1_000

    private var waiting: [Candidate]
    /// Those that were down when the round began, which come last.
    private var down: [Candidate]
    private var lookUpsLeft: Int
    private var attempts = 0
    private var due: UInt64 = 0
    private(set) var errors: [CQLError] = []

    /// Begins a round with the nodes that are known, and so many names to be looked up.
    init(up: [Candidate] = [], down: [Candidate] = [], lookUps: Int = 0) {
        waiting = up
        self.down = down
        lookUpsLeft = lookUps
    }

    /// Whether nobody is left to be tried, and no attempt is under way.
    var isOver: Bool { waiting.isEmpty && down.isEmpty && attempts == 0 && lookUpsLeft == 0 }

    /// Takes the addresses that a name stands for.
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

    /// Takes note that a name could not be looked up.
    mutating func notFound(_ error: CQLError) {
        lookUpsLeft -= 1
        errors.append(error)
    }

    /// The candidate to try now, if it is time for one; whoever takes it reports its end.
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

    /// Takes note that an attempt has failed: the next one need not wait.
    mutating func failed(_ error: CQLError) {
        attempts -= 1
        errors.append(error)
        due = 0
    }

    /// Takes note that an attempt was ended because another succeeded; it is tried again if that one fails after all.
    mutating func putBack(_ candidate: Candidate) {
        attempts -= 1
        waiting.append(candidate)
    }
}
