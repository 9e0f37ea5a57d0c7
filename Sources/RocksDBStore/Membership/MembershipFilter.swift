internal import CPrefetch
import PlayerSessions
import Synchronization

/// A Bloom filter of sessions whose probes for one session lie in one cache line.
///
/// What was inserted is never denied. One thread at a time inserts; others may query meanwhile, and see a session for
/// certain if its insertion happened before, as through a lock that both took.
// Unchecked: the words are atomic, and `count` is the inserting thread's.
@safe final class MembershipFilter: @unchecked Sendable {
    /// Bits per session in a full filter.
    private static let bitsOfSession = 12
    /// With fewer bits per session than this, more than one query in ten is a false positive.
    private static let leastBitsOfSession = 6
    private static let wordsOfBlock = 8
    private static let bytesOfBlock = 64
    /// How many insertions ahead memory is prefetched.
    private static let lookahead = 16

    /// The number of sessions it is made for.
    let capacity: Int
    /// Sessions inserted, except those that seemed present already; only the inserting thread may read it.
    private(set) var count = 0

    private let memory: MappedMemory
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let blocks: UInt64
    private let seed: UInt64

    /// Makes an empty filter for this many sessions, within this many bytes; throws if the process may not have them.
    init(capacity: Int, maximumBytes: Int, seed: UInt64) throws(SessionStoreError) {
        let bytes = MembershipFilter.bytes(
            wanted: MembershipFilter.bytes(capacity: capacity),
            maximum: maximumBytes
        )
        memory = try MappedMemory(bytes: bytes)
        // Zeroed memory holds valid atomic words of 0.
        unsafe words = memory.start.bindMemory(to: Atomic<UInt64>.self, capacity: bytes / 8)
        blocks = UInt64(bytes / MembershipFilter.bytesOfBlock)
        self.capacity = bytes * 8 / MembershipFilter.bitsOfSession
        self.seed = seed
    }

    /// Returns the bytes that a filter for this many sessions takes.
    static func bytes(capacity: Int) -> Int {
        (capacity * bitsOfSession / 8 + bytesOfBlock - 1) & -bytesOfBlock
    }

    /// Returns the size of a filter that wants `wanted` bytes and may have `maximum`, in whole blocks.
    static func bytes(wanted: Int, maximum: Int) -> Int {
        max(bytesOfBlock, min(wanted, maximum & -bytesOfBlock))
    }

    /// Returns the most sessions for which a filter of this many bytes is worth querying.
    static func mostSessions(bytes: Int) -> Int { bytes * 8 / leastBitsOfSession }

    var bytes: Int { memory.bytes }

    /// Whether it holds more sessions than it is made for.
    var isFull: Bool { count > capacity }

    /// Whether it holds too many sessions to be worth querying.
    var isOverfull: Bool { count > MembershipFilter.mostSessions(bytes: bytes) }

    /// Returns the hash of a session, a packed player and a packed session.
    @inline(__always)
    func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        unsafe KeyHash.membership(key, seed)
    }

    /// Prefetches the block that a query for this session reads; does not wait.
    @inline(__always)
    func prefetchBlock(_ hash: UInt64) {
        unsafe prefetch(UnsafeRawPointer(block(hash)))
    }

    /// Returns whether a session may have been inserted; `false` is certain.
    @inline(__always)
    func mayContain(_ hash: UInt64) -> Bool {
        let block = unsafe block(hash)
        var probe = MembershipFilter.firstProbe(hash)
        var isSet: UInt64 = 1
        // Branch-free: which word decides cannot be predicted.
        for word in 0..<MembershipFilter.wordsOfBlock {
            isSet &= unsafe block[word].load(ordering: .relaxed) >> (probe >> 58)
            probe <<= 6
        }
        return isSet != 0
    }

    /// Inserts sessions by their hashes.
    func insert(_ hashes: Span<UInt64>) {
        for index in hashes.indices {
            let ahead = index + MembershipFilter.lookahead
            if ahead < hashes.count { prefetchBlock(hashes[ahead]) }
            insert(hashes[index])
        }
    }

    private func insert(_ hash: UInt64) {
        let block = unsafe block(hash)
        var probe = MembershipFilter.firstProbe(hash)
        var isNew = false
        for word in 0..<MembershipFilter.wordsOfBlock {
            let bit: UInt64 = 1 << (probe >> 58)
            let before = unsafe block[word].load(ordering: .relaxed)
            if before & bit == 0 {
                // No other thread inserts at the same time.
                unsafe block[word].store(before | bit, ordering: .relaxed)
                isNew = true
            }
            probe <<= 6
        }
        if isNew { count += 1 }
    }

    @inline(__always)
    private func block(_ hash: UInt64) -> UnsafeMutablePointer<Atomic<UInt64>> {
        // The upper half of the hash, scaled to the number of blocks.
        unsafe words + Int(truncatingIfNeeded: ((hash >> 32) &* blocks) >> 32) * MembershipFilter.wordsOfBlock
    }

    /// Returns six bits for each word, from the top; they depend on all bits of the hash.
    @inline(__always)
    private static func firstProbe(_ hash: UInt64) -> UInt64 { hash &* 0x9E37_79B9_7F4A_7C15 }
}

extension KeyHash {
    /// Returns the membership filter's hash of a session, a packed player and a packed session.
    @inline(__always)
    static func membership(_ key: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
        guard let start = key.baseAddress else { return 0 }
        return unsafe hash(start.assumingMemoryBound(to: UInt8.self), key.count, seed)
    }
}
