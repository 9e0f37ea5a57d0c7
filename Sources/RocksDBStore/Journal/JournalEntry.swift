import Glibc
import PlayerSessions

/// One change of a session in the journal: the record after it, and its effect on the counts.
///
/// Records are absolute, so that replaying them twice, or over runs that already hold them, changes nothing; effects on
/// the counts are applied as written and never derived again. A group is its entries, one after the other. Each is,
/// little-endian: flags (1: the start counts anew, 2: an old start is removed, 4: an indexed end), the lengths of
/// packed player and packed session (1 byte each), both ids, the record as `StoredRecord` stores it, then the old
/// start's µs (8) and country (2), then the indexed end (8), each if its flag is set.
@safe struct JournalEntry {
    /// The packed player, then the packed session.
    var key: UnsafeRawBufferPointer
    /// The length of the packed player in bytes.
    var playerLength: Int
    /// The session's record after the change.
    var record: StoredRecord
    /// Whether the record's start is to be counted.
    var addsStart: Bool
    /// The start that no longer counts.
    var removedStart: (microseconds: Int64, country: UInt16)?
    /// The end under which the runs index the session, or `noEnd`.
    var indexedEnd: Int64

    /// The most bytes that an entry takes.
    static let maximumBytes = 3 + 2 * PackedIdentifier.maximumLength + StoredRecord.maximumBytes + 18

    private static let addsStartFlag: UInt8 = 1
    private static let removesStartFlag: UInt8 = 2
    private static let indexedEndFlag: UInt8 = 4

    /// Writes the stored form; returns its length in bytes.
    func encode(to target: UnsafeMutableRawPointer) -> Int {
        var flags = addsStart ? JournalEntry.addsStartFlag : 0
        if removedStart != nil { flags |= JournalEntry.removesStartFlag }
        if indexedEnd != StoredRecord.noEnd { flags |= JournalEntry.indexedEndFlag }
        unsafe target.storeBytes(of: flags, as: UInt8.self)
        unsafe target.storeBytes(of: UInt8(playerLength), toByteOffset: 1, as: UInt8.self)
        unsafe target.storeBytes(of: UInt8(key.count - playerLength), toByteOffset: 2, as: UInt8.self)
        if let start = unsafe key.baseAddress { unsafe memcpy(target + 3, start, key.count) }
        var offset = unsafe 3 + key.count
        unsafe offset += record.encode(to: target + offset)
        if let removedStart {
            unsafe target.storeBytes(
                of: removedStart.microseconds.littleEndian,
                toByteOffset: offset,
                as: Int64.self
            )
            unsafe target.storeBytes(
                of: removedStart.country.littleEndian,
                toByteOffset: offset + 8,
                as: UInt16.self
            )
            offset += 10
        }
        if indexedEnd != StoredRecord.noEnd {
            unsafe target.storeBytes(of: indexedEnd.littleEndian, toByteOffset: offset, as: Int64.self)
            offset += 8
        }
        return offset
    }

    /// Calls `body` with every entry of a group; returns `false` if the bytes are invalid.
    static func forEach(in group: UnsafeRawBufferPointer, _ body: (JournalEntry) -> Void) -> Bool {
        var reader = unsafe ByteReader(group)
        while !reader.isAtEnd {
            guard let entry = decode(&reader) else { return false }
            body(entry)
        }
        return true
    }

    private static func decode(_ reader: inout ByteReader) -> JournalEntry? {
        guard let flags: UInt8 = reader.read(), flags < 8, let playerLength: UInt8 = reader.read(),
            let sessionLength: UInt8 = reader.read(),
            let key = unsafe reader.read(count: Int(playerLength) + Int(sessionLength)),
            unsafe PackedIdentifier.length(at: key) == Int(playerLength),
            unsafe PackedIdentifier.length(at: UnsafeRawBufferPointer(rebasing: key[Int(playerLength)...]))
                == Int(sessionLength),
            let (record, length) = unsafe StoredRecord.decode(reader.rest),
            unsafe reader.read(count: length) != nil
        else { return nil }
        var entry = unsafe JournalEntry(
            key: key,
            playerLength: Int(playerLength),
            record: record,
            addsStart: flags & addsStartFlag != 0,
            removedStart: nil,
            indexedEnd: StoredRecord.noEnd
        )
        if entry.addsStart, !record.hasStart { return nil }
        if flags & removesStartFlag != 0 {
            guard let microseconds: Int64 = reader.read(), StoredRecord.isTimestamp(microseconds),
                let country: UInt16 = reader.read(),
                CountryCode(rawValue: country) != nil
            else { return nil }
            entry.removedStart = (microseconds, country)
        }
        if flags & indexedEndFlag != 0 {
            guard let end: Int64 = reader.read(), StoredRecord.isTimestamp(end) else { return nil }
            entry.indexedEnd = end
        }
        return entry
    }
}
