internal import CXXHash

/// What stands in front of every group in the journal, and says where groups end, where one is missing, and which were
/// synced.
///
/// A record begins at a multiple of `blockBytes` and is followed by zeros up to the next one, so that no write touches a
/// block that holds what was acknowledged. Its header, little-endian:
///
/// | bytes | holds |
/// |---|---|
/// | 0–7 | `magic` |
/// | 8–15 | XXH3 (64 bits) of all that follows, the payload included |
/// | 16–23 | the sequence of the group; of a mark, that of the last group |
/// | 24–31 | the sequence of the last group that was synced when this record was written |
/// | 32–39 | the checksum of the group before, 0 where that is not known |
/// | 40–47 | the life of the store that wrote it: one more with each opening |
/// | 48–51 | how many bytes of payload follow the header |
/// | 52–55 | the kind |
/// | 56–63 | 0 |
///
/// What each of them is for: docs/decisions/0023-a-journal-of-its-own.md.
struct JournalRecord: Equatable {
    enum Kind: UInt32 {
        /// The payload is a group: see `JournalEntry`.
        case group = 1
        /// Nothing but the word that groups were synced; the next record is written over it.
        case mark = 2
    }

    var kind: Kind
    var sequence: UInt64
    var syncedThrough: UInt64
    var previousChecksum: UInt64
    var life: UInt64
    var payloadBytes: Int
    var checksum: UInt64 = 0

    static let blockBytes = 4_096
    static let headerBytes = 64
    /// `PSjrnl` and a version.
    private static let magic: UInt64 = 0x0100_6C6E_726A_5350
    private static let checkedFrom = 16

    /// How many bytes of the file a record with this much payload takes.
    static func bytes(ofPayload count: Int) -> Int {
        (headerBytes + count + blockBytes - 1) / blockBytes * blockBytes
    }

    /// How many bytes of the file the record takes.
    var bytes: Int { JournalRecord.bytes(ofPayload: payloadBytes) }

    /// Writes the header before a payload that is there already; returns the checksum.
    ///
    /// Costs a pass over the payload.
    func seal(_ record: UnsafeMutableRawPointer) -> UInt64 {
        unsafe record.storeBytes(of: JournalRecord.magic.littleEndian, as: UInt64.self)
        unsafe record.storeBytes(of: sequence.littleEndian, toByteOffset: 16, as: UInt64.self)
        unsafe record.storeBytes(of: syncedThrough.littleEndian, toByteOffset: 24, as: UInt64.self)
        unsafe record.storeBytes(of: previousChecksum.littleEndian, toByteOffset: 32, as: UInt64.self)
        unsafe record.storeBytes(of: life.littleEndian, toByteOffset: 40, as: UInt64.self)
        unsafe record.storeBytes(of: UInt32(payloadBytes).littleEndian, toByteOffset: 48, as: UInt32.self)
        unsafe record.storeBytes(of: kind.rawValue.littleEndian, toByteOffset: 52, as: UInt32.self)
        unsafe record.storeBytes(of: UInt64(0), toByteOffset: 56, as: UInt64.self)
        let sum = unsafe JournalRecord.checksum(
            UnsafeRawBufferPointer(start: record, count: JournalRecord.headerBytes + payloadBytes)
        )
        unsafe record.storeBytes(of: sum.littleEndian, toByteOffset: 8, as: UInt64.self)
        return sum
    }

    private static func checksum(_ record: UnsafeRawBufferPointer) -> UInt64 {
        unsafe xxh3_64_with_seed(
            record.baseAddress.map { unsafe $0 + checkedFrom },
            record.count - checkedFrom,
            0
        )
    }

    /// Reads the record that bytes begin with; `nil` if they do not begin with a whole and right one.
    init?(_ bytes: UnsafeRawBufferPointer) {
        func number<Number: FixedWidthInteger>(at offset: Int, _ type: Number.Type = Number.self) -> Number {
            Number(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
        }
        guard bytes.count >= JournalRecord.headerBytes, number(at: 0) == JournalRecord.magic else {
            return nil
        }
        payloadBytes = Int(number(at: 48, UInt32.self))
        let count = JournalRecord.headerBytes + payloadBytes
        guard count <= bytes.count, let kind = Kind(rawValue: number(at: 52)) else { return nil }
        self.kind = kind
        checksum = number(at: 8)
        sequence = number(at: 16)
        syncedThrough = number(at: 24)
        previousChecksum = number(at: 32)
        life = number(at: 40)
        guard unsafe JournalRecord.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<count])) == checksum
        else {
            return nil
        }
    }

    init(
        _ kind: Kind,
        sequence: UInt64,
        syncedThrough: UInt64,
        previousChecksum: UInt64,
        life: UInt64,
        payloadBytes: Int
    ) {
        self.kind = kind
        self.sequence = sequence
        self.syncedThrough = syncedThrough
        self.previousChecksum = previousChecksum
        self.life = life
        self.payloadBytes = payloadBytes
    }
}
