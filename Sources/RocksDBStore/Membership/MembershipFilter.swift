internal import CPrefetch
import PlayerSessions
import Synchronization

/// A Bloom filter of sessions whose probes for one session lie in one cache line.
///
/// What was inserted is never denied. One thread at a time inserts; others may ask meanwhile, and see a session for
/// certain once the insertion happened before, as by a lock that both took.
// Unchecked: the words are atomic, and `count` is the inserting thread's.
@safe final class MembershipFilter: @unchecked Sendable {
    /// Bits for each session when the filter holds as many as it is made for.
    private static let bitsOfSession = 12
    /// With fewer bits for each session than this, more than one answer in ten is needlessly "perhaps".
    private static let leastBitsOfSession = 6
    private static let wordsOfBlock = 8
    private static let bytesOfBlock = 64
    /// How far ahead of the insertions memory is asked for.
    private static let lookahead = 16

    /// How many sessions it is made for.
    let capacity: Int
    /// How many sessions were inserted that it did not seem to hold; what only the inserting thread may read.
    private(set) var count = 0

    private let memory: MappedMemory
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let blocks: UInt64
    private let seed: UInt64

    /// Makes an empty filter for so many sessions, within so many bytes; throws where the process may not have them.
    init(capacity: Int, maximumBytes: Int, seed: UInt64) throws(SessionStoreError) {
        let bytes = MembershipFilter.bytes(
            wanted: MembershipFilter.bytes(capacity: capacity),
            maximum: maximumBytes
        )
        memory = try MappedMemory(bytes: bytes)
        // Zeros of the system are atomic words that hold 0.
        unsafe words = memory.start.bindMemory(to: Atomic<UInt64>.self, capacity: bytes / 8)
        blocks = UInt64(bytes / MembershipFilter.bytesOfBlock)
        self.capacity = bytes * 8 / MembershipFilter.bitsOfSession
        self.seed = seed
    }

    /// How many bytes a filter for so many sessions takes.
    static func bytes(capacity: Int) -> Int {
        (capacity * bitsOfSession / 8 + bytesOfBlock - 1) & -bytesOfBlock
    }

    /// How many bytes a filter takes that is to take so many, and at most so many.
    static func bytes(wanted: Int, maximum: Int) -> Int {
        max(bytesOfBlock, min(wanted, maximum & -bytesOfBlock))
    }

    /// The most sessions for which a filter of so many bytes is worth to be asked.
    static func mostSessions(bytes: Int) -> Int { bytes * 8 / leastBitsOfSession }

    /// How many bytes it takes.
    var bytes: Int { memory.bytes }

    /// Whether it holds as many sessions as it is made for.
    var isFull: Bool { count > capacity }

    /// Whether it holds so many that asking it is not worth it.
    var isOverfull: Bool { count > MembershipFilter.mostSessions(bytes: bytes) }

    /// The hash of a session, a packed player and a packed session.
    @inline(__always)
    func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        unsafe KeyHash.membership(key, seed)
    }

    /// Asks for the memory that a question for this session will want; costs nothing to wait for.
    @inline(__always)
    func prefetchBlock(_ hash: UInt64) {
        unsafe prefetch(UnsafeRawPointer(block(hash)))
    }

    /// Whether a session may have been inserted; `false` is certain.
    @inline(__always)
    func mayContain(_ hash: UInt64) -> Bool {
        let block = unsafe block(hash)
        var probe = MembershipFilter.firstProbe(hash)
        var isSet: UInt64 = 1
        // No branch in here: nobody can foretell at which word an answer is certain.
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
                // Nobody else inserts at the same time.
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

    /// Six bits for each word, from the top; they depend on all bits of the hash.
    @inline(__always)
    private static func firstProbe(_ hash: UInt64) -> UInt64 { hash &* 0x9E37_79B9_7F4A_7C15 }
}

extension KeyHash {
    /// The hash by which the membership filter knows a session, a packed player and a packed session.
    @inline(__always)
    static func membership(_ key: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt64 {
        guard let start = key.baseAddress else { return 0 }
        return unsafe hash(start.assumingMemoryBound(to: UInt8.self), key.count, seed)
    }
}
