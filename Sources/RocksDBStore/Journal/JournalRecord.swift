internal import CXXHash

/// The header of every group in the journal, which shows where groups end, where one is missing, and which were synced.
///
/// A record begins at a multiple of `blockBytes` and is padded with zeros to the next one, so that no write touches a
/// block with acknowledged data. Its header, little-endian:
///
/// | bytes | holds |
/// |---|---|
/// | 0–7 | `magic` |
/// | 8–15 | XXH3 (64 bits) of everything that follows, including the payload |
/// | 16–23 | the sequence of the group; in a mark, that of the last group |
/// | 24–31 | the sequence of the last group synced when this record was written |
/// | 32–39 | the checksum of the previous group, 0 if unknown |
/// | 40–47 | the life of the store that wrote it: one more with each opening |
/// | 48–51 | the bytes of payload after the header |
/// | 52–55 | the kind |
/// | 56–63 | 0 |
///
/// Their purposes: docs/decisions/0023-a-journal-of-its-own.md.
struct JournalRecord: Equatable {
    enum Kind: UInt32 {
        /// The payload is a group: see `JournalEntry`.
        case group = 1
        /// Only says that groups were synced; the next record overwrites it.
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

    /// Returns the bytes of the file that a record with this much payload takes.
    static func bytes(ofPayload count: Int) -> Int {
        (headerBytes + count + blockBytes - 1) / blockBytes * blockBytes
    }

    /// The bytes of the file that the record takes.
    var bytes: Int { JournalRecord.bytes(ofPayload: payloadBytes) }

    /// Writes the header in front of a payload that is in place; returns the checksum.
    ///
    /// Reads the whole payload once.
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

    /// Reads the record that bytes begin with; `nil` unless it is whole and its checksum is right.
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
