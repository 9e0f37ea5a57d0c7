import PlayerSessions
import Synchronization

/// The supply of memtables: makes the next one, or clears a flushed one, before it is needed and off the writer's
/// thread.
///
/// The tables take some 100 bytes a session. The system zeroes memory when it is first touched, and tables are touched
/// at random, so the writer would stall for a while with each new memtable.
final class MemtablePool: Sendable {
    private struct State {
        /// Empty and ready for use.
        var next: Memtable?
        /// Flushed, but queries may still be reading it.
        var former: Memtable?

        mutating func takeFormer() -> Memtable? {
            defer { former = nil }
            return former
        }
    }

    private let make: @Sendable () throws(SessionStoreError) -> Memtable
    private let state = Mutex(State())

    init(_ make: @escaping @Sendable () throws(SessionStoreError) -> Memtable) {
        self.make = make
    }

    /// Returns the memtable that is ready or, if none is, a new one whose memory is untouched.
    func take() throws(SessionStoreError) -> Memtable {
        let ready = state.withLock { state in
            defer { state.next = nil }
            return state.next
        }
        return if let ready { ready } else { try make() }
    }

    /// Takes back an unused memtable.
    func giveBack(_ memtable: Memtable) {
        state.withLock { $0.next = memtable }
    }

    /// Makes a memtable ready unless one is; takes some 100 ms for 1,000,000 sessions, most of it pauses.
    ///
    /// Once `isWanted` returns `false`, the rest of the memory is left for its first use.
    func prepare(while isWanted: () -> Bool = { true }) throws(SessionStoreError) {
        guard state.withLock({ $0.next == nil }) else { return }
        if let former = state.withLock({ $0.takeFormer() }) { reuse(former) }
        guard state.withLock({ $0.next == nil }) else { return }
        let fresh = try make()
        fresh.sessions.populateTables(while: isWanted)
        state.withLock { state in
            state.former = nil
            state.next = fresh
        }
    }

    /// Clears a flushed memtable for reuse: now or, if queries still read it, later.
    ///
    /// One with few sessions is freed instead, since clearing its tables would touch pages that it never used.
    func reuse(_ former: consuming Memtable) {
        var memtable = consume former
        guard memtable.isHalfFull else { return }
        guard isKnownUniquelyReferenced(&memtable) else {
            return state.withLock { $0.former = memtable }
        }
        memtable.removeAll()
        state.withLock { $0.next = memtable }
    }
}
