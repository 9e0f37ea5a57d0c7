import PlayerSessions
import RocksDB

/// The records of a group that are not in memory, looked up in the runs together.
///
/// Those that the membership filter does not know are not looked up.
@safe struct RecordLookup: ~Copyable {
    /// What became of the look-ups of a group.
    struct Outcomes: Equatable {
        /// The filter did not know the session.
        var denied = 0
        /// The runs hold the session.
        var found = 0
        /// The runs were asked in vain.
        var missed = 0
    }

    /// What was asked for, and its hash for the filter.
    private struct Question {
        let event: PackedEvent
        let hash: UInt64
    }

    private var questions: [Question] = []
    /// The numbers of the questions that the runs are asked.
    private var asked: [Int] = []
    private var keys = KeyBatch()
    private var builder = KeyBuilder()
    private var records: [StoredRecord] = []
    /// What became of the look-ups of the last `run`.
    private(set) var outcomes = Outcomes()

    /// Forgets the group before.
    mutating func removeAll() {
        questions.removeAll(keepingCapacity: true)
        asked.removeAll(keepingCapacity: true)
        keys.removeAll()
        records.removeAll(keepingCapacity: true)
    }

    /// Adds the session of an event, which must stay until `run`; returns the number under which its record will be found.
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

    /// Looks everything up; `membership` must be the filter that `append` was called with, of a view with which the
    /// group was looked up in memory.
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

    /// The record with this number, empty where the runs have none.
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
