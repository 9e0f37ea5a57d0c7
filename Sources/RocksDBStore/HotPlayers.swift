internal import CPrefetch
import PlayerSessions

/// The players of a generation: for each, the chain of its sessions, and for busy ones the latest hundred.
///
/// A chain of few sessions is walked by every query. A longer one keeps an ordered list beside it, so that the
/// last 20 cost the same for 100 sessions and for 100,000.
@safe final class HotPlayers {
    /// Chains longer than this have an ordered list.
    static let longChain = 64

    private struct Slot: BitwiseCopyable {
        var tag: UInt32
        var head: HotSessions.Reference
        var count: UInt32
        /// The number of the ordered list, from 1; 0 for none.
        var list: UInt32
    }

    /// The latest complete sessions of a player, in the order of answers.
    private struct LatestList {
        var references: [HotSessions.Reference] = []
        /// Whether sessions were left out, so that a gap cannot be filled from the list.
        var isCut = false
    }

    private let memory: MappedMemory
    private let mask: UInt64
    private var lists: [LatestList] = []

    init(slotCount: Int) throws(SessionStoreError) {
        memory = try MappedMemory(bytes: HotPlayers.mappedBytes(slotCount: slotCount))
        mask = UInt64(slotCount - 1)
    }

    /// How much address space a table of so many slots takes.
    static func mappedBytes(slotCount: Int) -> Int { slotCount * MemoryLayout<Slot>.stride }

    private var slots: UnsafeMutablePointer<Slot> { unsafe memory.start.assumingMemoryBound(to: Slot.self) }

    /// Asks for the memory that a change of this player's sessions will want.
    @inline(__always)
    func prefetchSlot(_ hash: UInt64) {
        unsafe prefetch(memory.start + Int(hash & mask) * MemoryLayout<Slot>.stride)
    }

    /// Puts a session in front of its player's chain; returns the player's slot and the session behind.
    func link(
        _ reference: HotSessions.Reference,
        _ hash: UInt64,
        _ player: UnsafeRawBufferPointer,
        in sessions: HotSessions
    ) -> (slot: Int, next: HotSessions.Reference) {
        let position = unsafe find(hash, player, in: sessions)
        let next = unsafe slots[position].head
        unsafe slots[position].tag = UInt32(truncatingIfNeeded: hash >> 32)
        unsafe slots[position].head = reference
        unsafe slots[position].count += 1
        return (position, next)
    }

    /// Keeps the ordered list of the session's player true; to be called after every change.
    func noteChange(of reference: HotSessions.Reference, in sessions: HotSessions) {
        let slot = sessions.record(reference).playerSlot
        let list = Int(unsafe slots[slot].list)
        if list != 0 {
            place(reference, in: &lists[list - 1], sessions)
        } else if unsafe slots[slot].count > HotPlayers.longChain {
            lists.append(rebuilt(from: unsafe slots[slot].head, sessions))
            unsafe slots[slot].list = UInt32(lists.count)
        }
    }

    /// The player's complete sessions that `isVisible`, in the order of answers, at most `limit`.
    func latest(
        _ limit: Int,
        of player: UnsafeRawBufferPointer,
        _ hash: UInt64,
        in sessions: HotSessions,
        where isVisible: (HotSessions.Record) -> Bool
    ) -> [HotSessions.Reference] {
        let slot = unsafe slots[find(hash, player, in: sessions)]
        guard slot.head != 0 else { return [] }
        if slot.list != 0 {
            let list = lists[Int(slot.list) - 1]
            var visible: [HotSessions.Reference] = []
            for reference in list.references where visible.count < limit {
                if isVisible(sessions.record(reference)) { visible.append(reference) }
            }
            if visible.count == limit || !list.isCut { return visible }
        }
        var found: [HotSessions.Reference] = []
        var reference = slot.head
        while reference != 0 {
            let record = sessions.record(reference)
            if record.value.isComplete, isVisible(record) { found.append(reference) }
            reference = record.next
        }
        found.sort { precedes($0, $1, sessions) }
        return Array(found.prefix(limit))
    }

    private func find(_ hash: UInt64, _ player: UnsafeRawBufferPointer, in sessions: HotSessions) -> Int {
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var position = hash & mask
        while true {
            let slot = unsafe slots[Int(position)]
            if slot.head == 0 { return Int(position) }
            if slot.tag == tag, unsafe HotSessions.equal(sessions.record(slot.head).player, player) {
                return Int(position)
            }
            position = (position + 1) & mask
        }
    }

    private func place(
        _ reference: HotSessions.Reference,
        in list: inout LatestList,
        _ sessions: HotSessions
    ) {
        if let present = list.references.firstIndex(of: reference) { list.references.remove(at: present) }
        guard sessions.record(reference).value.isComplete else { return }
        var low = 0
        var high = list.references.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(list.references[middle], reference, sessions) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        // Behind a list that left sessions out, nobody can say which of them would come next.
        if list.isCut, low == list.references.count { return }
        list.references.insert(reference, at: low)
        if list.references.count > maximumSessionsPerAnswer {
            list.references.removeLast()
            list.isCut = true
        }
    }

    private func rebuilt(from head: HotSessions.Reference, _ sessions: HotSessions) -> LatestList {
        var list = LatestList()
        var reference = head
        while reference != 0 {
            place(reference, in: &list, sessions)
            reference = sessions.record(reference).next
        }
        return list
    }

    private func precedes(
        _ left: HotSessions.Reference,
        _ right: HotSessions.Reference,
        _ sessions: HotSessions
    ) -> Bool {
        let first = sessions.record(left)
        let second = sessions.record(right)
        let ends = (first.value.end, second.value.end)
        return ends.0 == ends.1 ? unsafe SessionText.precedes(first.session, second.session) : ends.0 > ends.1
    }
}
