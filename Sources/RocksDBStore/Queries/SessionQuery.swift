import PlayerSessions
import RocksDB

/// Finds a player's latest complete sessions, in the memtables and the index of the runs, in one view.
///
/// The immutable memtable and the runs do not change; both are read in pages without the lock. The active memtable
/// supersedes sessions of both. It is looked up under the lock, which is held for a bounded number of sessions
/// regardless of how many are superseded or expired.
@safe struct SessionQuery {
    let store: StoreDatabase
    let view: SharedView
    let seed: UInt64
    /// Called with the number of sessions and leaves examined each time the lock was held; for tests.
    var onTurn: (Int) -> Void = { _ in }

    /// The largest page of a source, which limits the lookups in the active memtable per turn of the lock.
    static let maximumPage = 256

    /// A session of the runs or the immutable memtable, with its key in memtables.
    struct Candidate {
        var session: Session
        var key: [UInt8]
    }

    /// What was read of a source, in the order of `Session.precedes`.
    private struct Source {
        /// Sessions that nothing newer superseded at the last check.
        var candidates: [Candidate] = []
        /// The last session read, kept or not.
        var frontier: Session?
        var isExhausted = false

        /// Returns whether sessions not read yet could belong in the result.
        func mayAdd(to answer: [Session], limit: Int) -> Bool {
            guard !isExhausted, let frontier, answer.count == limit, let last = answer.last else {
                return !isExhausted
            }
            return frontier.precedes(last)
        }
    }

    /// Returns the first `limit` sessions whose start is after `cutoff`, in the order of `Session.precedes`.
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
        in memtable: Memtable
    ) -> SessionOrder.Page {
        var position = SessionOrder.Position()
        return page(limit, of: player, cutoff, in: memtable, &position)
    }

    private func page(
        _ limit: Int,
        of player: [UInt8],
        _ cutoff: Int64,
        in memtable: Memtable,
        _ position: inout SessionOrder.Position
    ) -> SessionOrder.Page {
        let playerHash = hash(player)
        return unsafe player.withUnsafeBytes { player in
            unsafe memtable.sessions.players.page(
                limit,
                of: player,
                playerHash,
                in: memtable.sessions,
                after: cutoff,
                from: &position
            )
        }
    }

    private func session(_ reference: HotSessions.Reference, in memtable: Memtable) -> Session? {
        let record = memtable.sessions.record(reference)
        guard let country = CountryCode(rawValue: record.value.country) else { return nil }
        return Session(
            sessionID: Identifier(unchecked: unsafe SessionText.unpack(record.session)),
            country: country,
            start: Timestamp(microseconds: record.value.start),
            end: Timestamp(microseconds: record.value.end)
        )
    }

    /// Reads the next page of the immutable memtable, without the lock, since it no longer changes.
    private func read(
        _ wanted: Int,
        of player: [UInt8],
        _ cutoff: Int64,
        from flushing: Memtable,
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

    /// Reads the next page of the runs, without what the immutable memtable supersedes.
    private func read(
        _ wanted: Int,
        from runs: inout RunSessions,
        without flushing: Memtable?,
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

    /// Drops what the active memtable supersedes; returns the number of sessions looked up.
    private func drop(_ first: inout Source, _ second: inout Source, in active: Memtable) -> Int {
        let count = first.candidates.count + second.candidates.count
        first.candidates.removeAll { contains(active, $0) }
        second.candidates.removeAll { contains(active, $0) }
        return count
    }

    private func contains(_ memtable: Memtable, _ candidate: Candidate) -> Bool {
        unsafe candidate.key.withUnsafeBufferPointer { key in
            guard let start = key.baseAddress else { return false }
            return unsafe memtable.sessions.find(
                KeyHash.hash(start, key.count, seed),
                UnsafeRawBufferPointer(key)
            ) != 0
        }
    }
}
