import PlayerSessions
import RocksDB

/// A player's latest complete sessions: the generations in memory and the index of the runs, in one view.
///
/// The generation that is flushed and the runs do not change: both are read a page at a time without the lock. The
/// active generation takes the place of what it holds of them; that is looked up under the lock, which is held for a
/// bounded number of sessions however many are replaced or expired.
@safe struct SessionQuery {
    let store: StoreDatabase
    let view: SharedView
    let seed: UInt64
    /// Called with how many sessions and leaves each turn of the lock looked at: for tests.
    var onTurn: (Int) -> Void = { _ in }

    /// So many sessions of a source, and no more, are looked up in the active generation in one turn of the lock.
    static let maximumPage = 256

    /// A session of the runs or of the generation that is flushed, with the key by which memory would know it.
    struct Candidate {
        var session: Session
        var key: [UInt8]
    }

    /// What is read of a source, in the order of answers.
    private struct Source {
        /// Those that nothing newer was known to replace when it was last looked.
        var candidates: [Candidate] = []
        /// The last session that was read, kept or not.
        var frontier: Session?
        var isExhausted = false

        /// Whether sessions that were not read yet could belong into the answer.
        func mayAdd(to answer: [Session], limit: Int) -> Bool {
            guard !isExhausted, let frontier, answer.count == limit, let last = answer.last else {
                return !isExhausted
            }
            return frontier.precedes(last)
        }
    }

    /// The first `limit` sessions whose start is after `cutoff`, in the order of answers.
    func run(
        _ playerID: Identifier,
        limit: Int,
        after cutoff: Timestamp?
    ) throws(SessionStoreError) -> [Session] {
        let player = PackedIdentifier.pack(playerID.bytes)
        let cutoff = cutoff?.microseconds ?? .min
        let (active, flushing, snapshot) = view.value.withLock { ($0.active, $0.flushing, $0.snapshot) }
        var runs = RunSessions(player: player, cutoff: cutoff, store: store, snapshot: snapshot)
        var ofRuns = Source()
        var ofFlushing = Source(isExhausted: flushing == nil)
        var position = SessionOrder.Position()
        var answer: [Session] = []
        var wanted = limit
        while true {
            if let flushing, ofFlushing.mayAdd(to: answer, limit: limit) {
                read(wanted, of: player, cutoff, from: flushing, &position, &ofFlushing)
            }
            if ofRuns.mayAdd(to: answer, limit: limit) {
                try read(wanted, from: &runs, without: flushing, &ofRuns)
            }
            var found = view.value.withLock { _ in
                let steps = drop(&ofFlushing, &ofRuns, in: active)
                let page = latest(limit, of: player, cutoff, in: active)
                onTurn(steps + page.steps)
                return page.references.compactMap { session($0, in: active) }
            }
            found += ofFlushing.candidates.map(\.session)
            found += ofRuns.candidates.map(\.session)
            found.sort { $0.precedes($1) }
            answer = Array(found.prefix(limit))
            guard ofFlushing.mayAdd(to: answer, limit: limit) || ofRuns.mayAdd(to: answer, limit: limit)
            else {
                return answer
            }
            wanted = min(2 * wanted, SessionQuery.maximumPage)
        }
    }

    private func hash(_ bytes: [UInt8]) -> UInt64 {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.map { unsafe KeyHash.hash($0, bytes.count, seed) } ?? 0
        }
    }

    private func latest(
        _ limit: Int,
        of player: [UInt8],
        _ cutoff: Int64,
        in generation: Generation
    ) -> SessionOrder.Page {
        var position = SessionOrder.Position()
        return page(limit, of: player, cutoff, in: generation, &position)
    }

    private func page(
        _ limit: Int,
        of player: [UInt8],
        _ cutoff: Int64,
        in generation: Generation,
        _ position: inout SessionOrder.Position
    ) -> SessionOrder.Page {
        let playerHash = hash(player)
        return unsafe player.withUnsafeBytes { player in
            unsafe generation.sessions.players.page(
                limit,
                of: player,
                playerHash,
                in: generation.sessions,
                after: cutoff,
                from: &position
            )
        }
    }

    private func session(_ reference: HotSessions.Reference, in generation: Generation) -> Session? {
        let record = generation.sessions.record(reference)
        guard let country = CountryCode(rawValue: record.value.country) else { return nil }
        return Session(
            sessionID: Identifier(unchecked: unsafe SessionText.unpack(record.session)),
            country: country,
            start: Timestamp(microseconds: record.value.start),
            end: Timestamp(microseconds: record.value.end)
        )
    }

    /// Reads on in the generation that is flushed; without the lock, since nobody changes it any more.
    private func read(
        _ wanted: Int,
        of player: [UInt8],
        _ cutoff: Int64,
        from flushing: Generation,
        _ position: inout SessionOrder.Position,
        _ source: inout Source
    ) {
        let page = page(wanted, of: player, cutoff, in: flushing, &position)
        source.isExhausted = page.isLast
        for reference in page.references {
            guard let session = session(reference, in: flushing) else { continue }
            let key = unsafe Array(flushing.sessions.record(reference).key)
            source.candidates.append(Candidate(session: session, key: key))
            source.frontier = session
        }
    }

    /// Reads on in the runs, without what the generation that is flushed replaces.
    private func read(
        _ wanted: Int,
        from runs: inout RunSessions,
        without flushing: Generation?,
        _ source: inout Source
    ) throws(SessionStoreError) {
        let (candidates, isLast) = try translate("read a player's sessions") { () throws(RocksDBError) in
            try runs.next(wanted)
        }
        source.isExhausted = isLast
        source.frontier = candidates.last?.session ?? source.frontier
        source.candidates += candidates.filter { candidate in
            flushing.map { !contains($0, candidate) } ?? true
        }
    }

    /// Drops what the active generation replaces; returns how many sessions were looked up.
    private func drop(_ first: inout Source, _ second: inout Source, in active: Generation) -> Int {
        let count = first.candidates.count + second.candidates.count
        first.candidates.removeAll { contains(active, $0) }
        second.candidates.removeAll { contains(active, $0) }
        return count
    }

    private func contains(_ generation: Generation, _ candidate: Candidate) -> Bool {
        unsafe candidate.key.withUnsafeBufferPointer { key in
            guard let start = key.baseAddress else { return false }
            return unsafe generation.sessions.find(
                KeyHash.hash(start, key.count, seed),
                UnsafeRawBufferPointer(key)
            ) != 0
        }
    }
}
