import Glibc

/// A group under construction: the journal's next record, in one reused buffer.
@safe struct JournalGroup: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var count = JournalRecord.headerBytes

    init() {
        capacity = 1 << 16
        unsafe memory = JournalGroup.allocate(capacity)
    }

    deinit { unsafe memory.deallocate() }

    private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: bytes, alignment: JournalRecord.blockBytes)
    }

    /// Whether nothing changed.
    var isEmpty: Bool { payloadBytes == 0 }

    /// The bytes that the changes take.
    var payloadBytes: Int { count - JournalRecord.headerBytes }

    /// The changes so far.
    var payload: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: memory + JournalRecord.headerBytes, count: payloadBytes)
    }

    /// Adds a change.
    mutating func append(_ entry: JournalEntry) {
        if capacity - count < JournalEntry.maximumBytes {
            let larger = unsafe JournalGroup.allocate(capacity * 2)
            unsafe larger.copyMemory(from: memory, byteCount: count)
            unsafe memory.deallocate()
            unsafe memory = larger
            capacity *= 2
        }
        count += unsafe entry.encode(to: memory + count)
    }

    /// Completes the group with its header and zeros up to a whole block; returns the bytes and their checksum.
    mutating func seal(_ record: JournalRecord) -> (bytes: UnsafeRawBufferPointer, checksum: UInt64) {
        // It fits: the capacity is a multiple of a block.
        let total = JournalRecord.bytes(ofPayload: payloadBytes)
        unsafe memset(memory + count, 0, total - count)
        let checksum = unsafe record.seal(memory)
        return unsafe (UnsafeRawBufferPointer(start: memory, count: total), checksum)
    }

    /// Begins the next group.
    mutating func removeAll() {
        count = JournalRecord.headerBytes
    }
}
