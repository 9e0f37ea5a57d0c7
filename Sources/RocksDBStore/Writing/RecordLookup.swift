import PlayerSessions
import RocksDB

/// A batched lookup in the runs of the sessions that are not in memory.
///
/// Sessions that the membership filter denies are not looked up.
@safe struct RecordLookup: ~Copyable {
    /// How many sessions of a lookup had which outcome.
    struct Outcomes: Equatable {
        /// Denied by the filter, so not looked up.
        var denied = 0
        /// Found in the runs.
        var found = 0
        /// Looked up, but not in the runs.
        var missed = 0
    }

    /// A session to look up, and its hash for the filter.
    private struct Question {
        let event: PackedEvent
        let hash: UInt64
    }

    private var questions: [Question] = []
    /// The indices of the questions that go to the runs.
    private var asked: [Int] = []
    private var keys = KeyBatch()
    private var builder = KeyBuilder()
    private var records: [StoredRecord] = []
    /// The outcomes of the last `run`.
    private(set) var outcomes = Outcomes()

    /// Prepares for the next lookup.
    mutating func removeAll() {
        questions.removeAll(keepingCapacity: true)
        asked.removeAll(keepingCapacity: true)
        keys.removeAll()
        records.removeAll(keepingCapacity: true)
    }

    /// Adds an event's session and returns the number of its record; the event must stay valid until `run`.
    @inline(__always)
    mutating func append(_ event: PackedEvent, _ membership: MembershipFilter?) -> Int {
        var hash: UInt64 = 0
        if let membership {
            hash = unsafe membership.hash(event.key)
            membership.prefetchBlock(hash)
        }
        questions.append(Question(event: event, hash: hash))
        return questions.count - 1
    }

    /// Looks up all sessions.
    ///
    /// `membership` must be the filter passed to `append`, from the same view in which memory was searched.
    mutating func run(in store: StoreDatabase, _ membership: MembershipFilter?) throws(SessionStoreError) {
        outcomes = Outcomes()
        guard !questions.isEmpty else { return }
        records.append(contentsOf: repeatElement(.empty, count: questions.count))
        guard store.hasRecords else { return }
        collectKeys(membership)
        outcomes.denied = questions.count - asked.count
        guard !asked.isEmpty else { return }
        try ask(store)
        outcomes.missed = asked.count - outcomes.found
    }

    /// Returns the record with this number, empty if the runs have none.
    func record(_ number: Int) -> StoredRecord { records[number] }

    private mutating func collectKeys(_ membership: MembershipFilter?) {
        for number in questions.indices {
            let question = questions[number]
            if let membership, !membership.mayContain(question.hash) { continue }
            let event = question.event
            unsafe builder.setPlayer(UnsafeRawBufferPointer(rebasing: event.key[..<event.playerLength]))
            unsafe builder.append(UnsafeRawBufferPointer(rebasing: event.key[event.playerLength...]))
            unsafe keys.append(builder.key)
            asked.append(number)
        }
    }

    private mutating func ask(_ store: StoreDatabase) throws(SessionStoreError) {
        var records = self.records
        self.records = []
        let asked = self.asked
        var found = 0
        var isDamaged = false
        try translate("look sessions up") { () throws(RocksDBError) in
            unsafe try keys.lookUp(in: store.database, store.records) { index, value in
                if let record = unsafe StoredRecord.decode(value)?.record {
                    records[asked[index]] = record
                    found += 1
                } else {
                    isDamaged = true
                }
            }
        }
        self.records = records
        outcomes.found = found
        if isDamaged {
            throw SessionStoreError(
                .failed,
                operation: "look sessions up",
                reason: "a stored record cannot be read",
                hint: SessionStoreError.restoreHint
            )
        }
    }
}
