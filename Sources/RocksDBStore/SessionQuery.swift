import PlayerSessions
import RocksDB

/// A player's latest complete sessions: the chains in memory and the index of the runs, in one view.
@safe struct SessionQuery {
    let store: StoreDatabase
    let view: SharedView
    let seed: UInt64

    /// A session of the runs, with the key by which memory would know it.
    private struct Candidate {
        var session: Session
        var key: [UInt8]
    }

    /// The first `limit` sessions whose start is after `cutoff`, in the order of answers.
    func run(
        _ playerID: Identifier,
        limit: Int,
        after cutoff: Timestamp?
    ) throws(SessionStoreError) -> [Session] {
        let player = SessionQuery.pack(playerID.bytes)
        let cutoff = cutoff?.microseconds ?? .min
        let (generations, snapshot) = view.value.withLock { ($0.generations, $0.snapshot) }
        var wanted = limit
        while true {
            let (candidates, isCut) = try fromRuns(player, wanted, cutoff, snapshot)
            // Sessions in memory take the place of their older selves in the runs; one lock, so that none is missed.
            var (found, replaced) = view.value.withLock { _ in
                (fromMemory(player, limit, cutoff, generations), isInMemory(candidates, player, generations))
            }
            found += zip(candidates, replaced).filter { !$0.1 }.map(\.0.session)
            found.sort { $0.precedes($1) }
            let answer = Array(found.prefix(limit))
            // Behind the last candidate the runs may hold more; they matter if the answer reaches behind it.
            guard isCut, let last = candidates.last?.session,
                answer.count < limit || answer.contains(where: { last.precedes($0) })
            else { return answer }
            wanted *= 2
        }
    }

    private static func pack(_ text: [UInt8]) -> [UInt8] {
        unsafe Array(unsafeUninitializedCapacity: PackedIdentifier.maximumLength) { buffer, count in
            guard let target = buffer.baseAddress else { return }
            count = unsafe text.withUnsafeBufferPointer { text in
                unsafe text.baseAddress.map { unsafe PackedIdentifier.pack($0, text.count, to: target) } ?? 0
            }
        }
    }

    private func hash(_ bytes: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.map { unsafe KeyHash.hash($0, bytes.count, seed) } ?? 0
        }
    }

    /// The sessions in memory, the newest record of each.
    private func fromMemory(
        _ player: [UInt8],
        _ limit: Int,
        _ cutoff: Int64,
        _ generations: [Generation]
    ) -> [Session] {
        var found: [Session] = []
        let playerHash = hash(player)
        for (age, generation) in generations.enumerated() {
            let newer = generations.prefix(age)
            let references = unsafe player.withUnsafeBytes { player in
                unsafe generation.sessions.players.latest(
                    limit,
                    of: player,
                    playerHash,
                    in: generation.sessions
                ) { record in
                    record.value.start > cutoff && !newer.contains { unsafe contains($0, record.key) }
                }
            }
            for reference in references {
                let record = generation.sessions.record(reference)
                guard let country = CountryCode(rawValue: record.value.country) else { continue }
                found.append(
                    Session(
                        sessionID: Identifier(unchecked: unsafe SessionText.unpack(record.session)),
                        country: country,
                        start: Timestamp(microseconds: record.value.start),
                        end: Timestamp(microseconds: record.value.end)
                    )
                )
            }
        }
        return found
    }

    private func isInMemory(
        _ candidates: [Candidate],
        _ player: [UInt8],
        _ generations: [Generation]
    ) -> [Bool] {
        candidates.map { candidate in
            unsafe candidate.key.withUnsafeBytes { key in generations.contains { unsafe contains($0, key) } }
        }
    }

    private func contains(_ generation: Generation, _ key: UnsafeRawBufferPointer) -> Bool {
        guard let start = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        return unsafe generation.sessions.find(KeyHash.hash(start, key.count, seed), key) != 0
    }

    /// The first sessions of the runs, each checked against its record, and whether there may be more.
    private func fromRuns(
        _ player: [UInt8],
        _ wanted: Int,
        _ cutoff: Int64,
        _ snapshot: Snapshot
    ) throws(SessionStoreError) -> (candidates: [Candidate], isCut: Bool) {
        try translate("read a player's sessions") { () throws(RocksDBError) in
            var builder = KeyBuilder()
            unsafe player.withUnsafeBytes { unsafe builder.setPlayer($0) }
            let prefix = unsafe Array(builder.key)
            var cursor = Cursor(store.database, store.index, snapshot: snapshot)
            unsafe prefix.withUnsafeBytes { unsafe cursor.seek(to: $0) }
            var candidates: [Candidate] = []
            while true {
                var page: [(end: Int64, session: [UInt8])] = []
                // A session that ended at or before the cutoff began before it, too, and so did all behind it.
                while page.count < wanted, try cursor.isValid(), unsafe cursor.key.starts(with: prefix),
                    let key = unsafe IndexKey(cursor.key), key.end > cutoff
                {
                    page.append((key.end, unsafe Array(key.session)))
                    cursor.advance()
                }
                candidates += try check(page, player, cutoff, snapshot)
                if candidates.count >= wanted { return (candidates, true) }
                if page.count < wanted { return (candidates, false) }
            }
        }
    }

    /// The entries of the index that are as their records say.
    private func check(
        _ page: [(end: Int64, session: [UInt8])],
        _ player: [UInt8],
        _ cutoff: Int64,
        _ snapshot: Snapshot
    ) throws(RocksDBError) -> [Candidate] {
        let memoryKeys = page.map { player + SessionQuery.pack($0.session) }
        let hash = unsafe player.withUnsafeBytes { unsafe KeyHash.stored($0) }
        var keys = KeyBatch()
        for key in memoryKeys {
            let stored = [UInt8(hash >> 8), UInt8(hash & 0xFF)] + key
            unsafe stored.withUnsafeBytes { unsafe keys.append($0) }
        }
        var records = [StoredRecord](repeating: .empty, count: page.count)
        unsafe try keys.lookUp(in: store.database, store.records, snapshot: snapshot) { index, value in
            if let record = unsafe StoredRecord.decode(value)?.record { records[index] = record }
        }
        return page.indices.compactMap { index in
            let record = records[index]
            guard record.isComplete, record.end == page[index].end, record.start > cutoff,
                let country = CountryCode(rawValue: record.country)
            else { return nil }
            return Candidate(
                session: Session(
                    sessionID: Identifier(unchecked: page[index].session),
                    country: country,
                    start: Timestamp(microseconds: record.start),
                    end: Timestamp(microseconds: record.end)
                ),
                key: memoryKeys[index]
            )
        }
    }
}
