internal import CPrefetch
import Glibc
import PlayerSessions

/// The sessions of a memtable, found by id and chained by player.
///
/// An open-addressing table of tags and references over an arena of packed records that never move. One thread changes
/// it; others read it under the same lock, or once it is immutable. A lookup costs one or two cache misses.
@safe final class HotSessions {
    /// A record's place in the arena, in words of eight bytes; 0 is none.
    typealias Reference = UInt32

    /// A record in the arena: fixed fields, then the packed player and the packed session.
    @safe struct Record {
        static let headerBytes = 36
        static let maximumBytes = headerBytes + 2 * PackedIdentifier.maximumLength + 8

        fileprivate let pointer: UnsafeMutableRawPointer

        /// The session's start, end and country.
        var value: StoredRecord {
            get {
                unsafe StoredRecord(
                    start: pointer.load(as: Int64.self),
                    end: pointer.load(fromByteOffset: 8, as: Int64.self),
                    country: pointer.load(fromByteOffset: 32, as: UInt16.self)
                )
            }
            nonmutating set {
                unsafe pointer.storeBytes(of: newValue.start, as: Int64.self)
                unsafe pointer.storeBytes(of: newValue.end, toByteOffset: 8, as: Int64.self)
                unsafe pointer.storeBytes(of: newValue.country, toByteOffset: 32, as: UInt16.self)
            }
        }

        /// The end under which the runs index this session once all older memtables are flushed.
        var indexedEnd: Int64 { unsafe pointer.load(fromByteOffset: 16, as: Int64.self) }
        /// The player's session inserted before this one.
        var next: Reference { unsafe pointer.load(fromByteOffset: 24, as: UInt32.self) }
        /// The player's slot in `players`.
        var playerSlot: Int { Int(unsafe pointer.load(fromByteOffset: 28, as: UInt32.self)) }
        private var playerLength: Int { Int(unsafe pointer.load(fromByteOffset: 34, as: UInt8.self)) }
        private var sessionLength: Int { Int(unsafe pointer.load(fromByteOffset: 35, as: UInt8.self)) }

        /// The packed player.
        var player: UnsafeRawBufferPointer {
            unsafe UnsafeRawBufferPointer(start: pointer + Record.headerBytes, count: playerLength)
        }
        /// The packed session.
        var session: UnsafeRawBufferPointer {
            unsafe UnsafeRawBufferPointer(
                start: pointer + Record.headerBytes + playerLength,
                count: sessionLength
            )
        }
        /// Player and session together.
        var key: UnsafeRawBufferPointer {
            unsafe UnsafeRawBufferPointer(
                start: pointer + Record.headerBytes,
                count: playerLength + sessionLength
            )
        }
    }

    private(set) var count = 0
    /// The number of sessions at which it is full.
    let capacity: Int

    private let arena: MappedMemory
    private let slots: MappedMemory
    private let slotMask: UInt64
    let players: HotPlayers
    private var usedWords = 1
    private let fullWords: Int

    /// Reserves memory for `capacity` sessions of typical size and `slack` more of any size.
    ///
    /// Throws if the process may not have the memory.
    init(capacity: Int, slack: Int) throws(SessionStoreError) {
        self.capacity = capacity
        // Typical ids take 72 bytes a record; longer ones fill the memtable sooner, so that memory is bounded.
        fullWords = capacity * 96 / 8
        arena = try MappedMemory(bytes: HotSessions.arenaBytes(capacity, slack))
        let slotCount = HotSessions.slotCount(capacity, slack)
        slots = try MappedMemory(bytes: slotCount * 8)
        slotMask = UInt64(slotCount - 1)
        players = try HotPlayers(slotCount: slotCount)
    }

    private static func arenaBytes(_ capacity: Int, _ slack: Int) -> Int {
        capacity * 96 + (slack + 1) * Record.maximumBytes
    }

    private static func slotCount(_ capacity: Int, _ slack: Int) -> Int {
        var slotCount = 1_024
        while slotCount < 2 * (capacity + slack) { slotCount *= 2 }
        return slotCount
    }

    /// Returns the bytes of address space that a memtable's sessions and players take.
    static func mappedBytes(capacity: Int, slack: Int) -> Int {
        let slotCount = slotCount(capacity, slack)
        return arenaBytes(capacity, slack) + slotCount * 8 + HotPlayers.mappedBytes(slotCount: slotCount)
    }

    /// Removes everything, but keeps the memory, in which the records need no clearing.
    func removeAll() {
        slots.clear()
        players.removeAll()
        usedWords = 1
        count = 0
    }

    /// Populates the tables' memory now rather than at its first use, while `isWanted` returns `true`.
    func populateTables(while isWanted: () -> Bool) {
        slots.populate(while: isWanted)
        players.populateTable(while: isWanted)
    }

    /// The bytes that the records take.
    var usedBytes: Int { usedWords * 8 }

    /// Whether the next group belongs in a new memtable.
    var isFull: Bool { count >= capacity || usedWords >= fullWords }

    /// Returns the record at a reference, which must be valid.
    @inline(__always)
    func record(_ reference: Reference) -> Record {
        unsafe Record(pointer: arena.start + Int(reference) * 8)
    }

    /// Prefetches the slot that a lookup of this session reads first; does not wait.
    @inline(__always)
    func prefetchSlot(_ hash: UInt64) {
        unsafe prefetch(slots.start + Int(hash & slotMask) * 8)
    }

    /// Prefetches the record that a lookup of this session reads next, when its slot is in the cache.
    @inline(__always)
    func prefetchRecord(_ hash: UInt64) {
        let slot = unsafe slots.start.load(fromByteOffset: Int(hash & slotMask) * 8, as: UInt64.self)
        guard slot >> 32 == hash >> 32 else { return }
        unsafe prefetch(arena.start + Int(Reference(truncatingIfNeeded: slot)) * 8)
    }

    /// Prefetches the first two cache lines of a record.
    @inline(__always)
    func prefetchRecord(at reference: Reference) {
        unsafe prefetch(arena.start + Int(reference) * 8)
        unsafe prefetch(arena.start + Int(reference) * 8 + 64)
    }

    /// Returns the reference of a session, or 0.
    @inline(__always)
    func find(_ hash: UInt64, _ key: UnsafeRawBufferPointer) -> Reference {
        let table = unsafe slots.start.assumingMemoryBound(to: UInt64.self)
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var position = hash & slotMask
        while true {
            let slot = unsafe table[Int(position)]
            if slot == 0 { return 0 }
            if UInt32(truncatingIfNeeded: slot >> 32) == tag {
                let reference = Reference(truncatingIfNeeded: slot)
                if unsafe HotSessions.equal(record(reference).key, key) { return reference }
            }
            position = (position + 1) & slotMask
        }
    }

    /// Inserts a session that is not there yet; returns its reference.
    func insert(
        _ hash: UInt64,
        playerHash: UInt64,
        key: UnsafeRawBufferPointer,
        playerLength: Int,
        value: StoredRecord,
        indexedEnd: Int64
    ) -> Reference {
        let reference = Reference(usedWords)
        let pointer = unsafe arena.start + usedWords * 8
        usedWords += (Record.headerBytes + key.count + 7) / 8
        precondition(usedWords * 8 <= arena.bytes, "a group larger than the slack")
        unsafe pointer.storeBytes(of: indexedEnd, toByteOffset: 16, as: Int64.self)
        unsafe pointer.storeBytes(of: UInt8(playerLength), toByteOffset: 34, as: UInt8.self)
        unsafe pointer.storeBytes(of: UInt8(key.count - playerLength), toByteOffset: 35, as: UInt8.self)
        if let start = key.baseAddress { unsafe memcpy(pointer + Record.headerBytes, start, key.count) }
        let record = unsafe Record(pointer: pointer)
        record.value = value

        let (playerSlot, next) = unsafe players.link(reference, playerHash, record.player, in: self)
        unsafe pointer.storeBytes(of: next, toByteOffset: 24, as: UInt32.self)
        unsafe pointer.storeBytes(of: UInt32(playerSlot), toByteOffset: 28, as: UInt32.self)

        let table = unsafe slots.start.assumingMemoryBound(to: UInt64.self)
        var position = hash & slotMask
        while unsafe table[Int(position)] != 0 { position = (position + 1) & slotMask }
        unsafe table[Int(position)] = (hash >> 32) << 32 | UInt64(reference)
        count += 1
        players.noteChange(of: reference, from: .empty, in: self)
        return reference
    }

    /// Replaces a session's value.
    func update(_ reference: Reference, to value: StoredRecord) {
        let record = record(reference)
        let before = record.value
        record.value = value
        players.noteChange(of: reference, from: before, in: self)
    }

    /// Calls `body` with every record, in insertion order.
    func forEachReference(_ body: (Reference) -> Void) {
        var word = 1
        while word < usedWords {
            body(Reference(word))
            word += unsafe (Record.headerBytes + record(Reference(word)).key.count + 7) / 8
        }
    }

    @inline(__always)
    static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count, let first = left.baseAddress, let second = right.baseAddress else {
            return false
        }
        return unsafe memcmp(first, second, left.count) == 0
    }
}
