import PlayerSessions
import Synchronization

/// Where the next generation comes from: made before it is needed, or cleared for use again, away from the writer.
///
/// Its tables take some 100 bytes a session. The system zeroes memory when it is first touched, and the places of a table
/// are touched at random, so that the writer would do nothing else for a while each time it begins a new one.
final class GenerationSupply: Sendable {
    private struct State {
        /// Empty, and ready for use.
        var next: Generation?
        /// It has reached the runs, but queries may be reading it.
        var former: Generation?

        mutating func takeFormer() -> Generation? {
            defer { former = nil }
            return former
        }
    }

    private let make: @Sendable () throws(SessionStoreError) -> Generation
    private let state = Mutex(State())

    init(_ make: @escaping @Sendable () throws(SessionStoreError) -> Generation) {
        self.make = make
    }

    /// The next generation: the one that is ready or, without one, a new one whose memory is still to be touched.
    func take() throws(SessionStoreError) -> Generation {
        let ready = state.withLock { state in
            defer { state.next = nil }
            return state.next
        }
        return if let ready { ready } else { try make() }
    }

    /// Takes back what was not used.
    func giveBack(_ generation: Generation) {
        state.withLock { $0.next = generation }
    }

    /// Makes one ready, unless one is; takes some 100 ms for 1,000,000 sessions, most of it pauses.
    ///
    /// Once its memory is not wanted any more, the rest of that is left for its first use.
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

    /// Clears a generation that has reached the runs for use again, now or, while queries read it, later.
    ///
    /// One that has few sessions gives its memory back instead: clearing the tables would touch pages that it never had.
    func reuse(_ former: consuming Generation) {
        var generation = consume former
        guard generation.isHalfFull else { return }
        guard isKnownUniquelyReferenced(&generation) else {
            return state.withLock { $0.former = generation }
        }
        generation.removeAll()
        state.withLock { $0.next = generation }
    }
}
