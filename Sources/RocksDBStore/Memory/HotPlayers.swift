internal import CPrefetch
import PlayerSessions

/// The players of a memtable: the chain of each one's sessions and, for busy players, their order.
///
/// Every query walks a short chain. A longer one has all its complete sessions in order beside it, so a player's latest
/// sessions cost the same for 100 sessions and for 1,000,000, whatever changes among them.
@safe final class HotPlayers {
    /// Chains longer than this have an order.
    static let longChain = 64

    private struct Slot: BitwiseCopyable {
        var tag: UInt32
        var head: HotSessions.Reference
        var count: UInt32
        /// The number of the order, from 1; 0 for none.
        var order: UInt32
    }

    private let memory: MappedMemory
    private let mask: UInt64
    private var orders: [SessionOrder] = []

    init(slotCount: Int) throws(SessionStoreError) {
        memory = try MappedMemory(bytes: HotPlayers.mappedBytes(slotCount: slotCount))
        mask = UInt64(slotCount - 1)
    }

    /// Returns the bytes of address space that a table of this many slots takes.
    static func mappedBytes(slotCount: Int) -> Int { slotCount * MemoryLayout<Slot>.stride }

    private var slots: UnsafeMutablePointer<Slot> { unsafe memory.start.assumingMemoryBound(to: Slot.self) }

    /// Removes everything, but keeps the memory.
    func removeAll() {
        memory.clear()
        orders = []
    }

    /// Populates the table's memory now, while `isWanted` returns `true`.
    func populateTable(while isWanted: () -> Bool) { memory.populate(while: isWanted) }

    /// Prefetches the slot that a change of this player's sessions needs.
    @inline(__always)
    func prefetchSlot(_ hash: UInt64) {
        unsafe prefetch(memory.start + Int(hash & mask) * MemoryLayout<Slot>.stride)
    }

    /// Puts a session at the head of its player's chain; returns the player's slot and the former head.
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

    /// Updates the order of the session's player; call it after every change, with the value from before.
    @inline(__always)
    func noteChange(
        of reference: HotSessions.Reference,
        from before: StoredRecord,
        in sessions: HotSessions
    ) {
        let record = sessions.record(reference)
        let slot = record.playerSlot
        let order = Int(unsafe slots[slot].order)
        if order != 0 {
            HotPlayers.move(reference, before, record.value, in: &orders[order - 1], sessions)
        } else if unsafe slots[slot].count > HotPlayers.longChain {
            orders.append(self.order(of: unsafe slots[slot].head, sessions))
            unsafe slots[slot].order = UInt32(orders.count)
        }
    }

    /// Returns up to `limit` of the player's complete sessions with a start after `cutoff`, in result order.
    ///
    /// Begins at `position` and moves it past them; it is valid only while nothing changes. A short chain is returned
    /// whole, whatever the limit.
    func page(
        _ limit: Int,
        of player: UnsafeRawBufferPointer,
        _ hash: UInt64,
        in sessions: HotSessions,
        after cutoff: Int64,
        from position: inout SessionOrder.Position
    ) -> SessionOrder.Page {
        let slot = unsafe slots[find(hash, player, in: sessions)]
        if slot.order != 0 {
            return orders[Int(slot.order) - 1].page(limit, after: cutoff, from: &position)
        }
        var page = SessionOrder.Page()
        var reference = slot.head
        while reference != 0 {
            let record = sessions.record(reference)
            page.steps += 1
            if record.value.isComplete, record.value.start > cutoff { page.references.append(reference) }
            reference = record.next
        }
        page.references.sort { precedes($0, $1, sessions) }
        return page
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

    private static func move(
        _ reference: HotSessions.Reference,
        _ before: StoredRecord,
        _ after: StoredRecord,
        in order: inout SessionOrder,
        _ sessions: HotSessions
    ) {
        let isSamePlace = before.end == after.end && before.start == after.start
        guard !isSamePlace else { return }
        if before.isComplete { order.remove(reference, before, sessions) }
        if after.isComplete { order.insert(reference, after, sessions) }
    }

    private func order(of head: HotSessions.Reference, _ sessions: HotSessions) -> SessionOrder {
        var order = SessionOrder()
        var reference = head
        while reference != 0 {
            let record = sessions.record(reference)
            if record.value.isComplete { order.insert(reference, record.value, sessions) }
            reference = record.next
        }
        return order
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
