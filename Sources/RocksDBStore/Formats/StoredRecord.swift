import PlayerSessions

/// A session's record with fixed-size fields, used in memtables, the journal and the runs.
///
/// Stored form, little-endian: flags (1: a start, 2: an end), then the start in µs (8 bytes) and the country (2), then
/// the end in µs (8), each only if its flag is set.
struct StoredRecord: BitwiseCopyable, Equatable {
    /// The start in µs, or `noStart`.
    var start: Int64
    /// The end in µs, or `noEnd`.
    var end: Int64
    /// The start's raw country, 0 without a start.
    var country: UInt16

    /// The value of `start` without a start: later than every start.
    static let noStart = Int64.max
    /// The value of `end` without an end: earlier than every end.
    static let noEnd = Int64.min
    /// A record without start and end.
    static let empty = StoredRecord(start: noStart, end: noEnd, country: 0)
    /// The largest size of the stored form.
    static let maximumBytes = 19

    var hasStart: Bool { start != StoredRecord.noStart }
    var hasEnd: Bool { end != StoredRecord.noEnd }
    var isComplete: Bool { hasStart && hasEnd && end >= start }
    /// The end under which the index lists this session, `noEnd` if it does not.
    var indexEnd: Int64 { isComplete ? end : StoredRecord.noEnd }

    /// Merges a start by `SessionRecord`'s rule; returns whether the record changed.
    @inline(__always)
    mutating func merge(start newStart: Int64, country newCountry: UInt16) -> Bool {
        guard newStart < start || (newStart == start && newCountry > country) else { return false }
        start = newStart
        country = newCountry
        return true
    }

    /// Merges an end by `SessionRecord`'s rule; returns whether the record changed.
    @inline(__always)
    mutating func merge(end newEnd: Int64) -> Bool {
        guard newEnd > end else { return false }
        end = newEnd
        return true
    }

    /// Drops the start, the end or both if they are at or before `horizon`.
    mutating func forget(notAfter horizon: Int64) {
        if start <= horizon {
            start = StoredRecord.noStart
            country = 0
        }
        if end <= horizon { end = StoredRecord.noEnd }
    }

    /// Writes the stored form; returns its length.
    func encode(to target: UnsafeMutableRawPointer) -> Int {
        unsafe target.storeBytes(of: (hasStart ? 1 : 0) | (hasEnd ? 2 : 0), as: UInt8.self)
        var offset = 1
        if hasStart {
            unsafe target.storeBytes(of: start.littleEndian, toByteOffset: offset, as: Int64.self)
            unsafe target.storeBytes(of: country.littleEndian, toByteOffset: offset + 8, as: UInt16.self)
            offset += 10
        }
        if hasEnd {
            unsafe target.storeBytes(of: end.littleEndian, toByteOffset: offset, as: Int64.self)
            offset += 8
        }
        return offset
    }

    /// The stored form.
    var encoded: [UInt8] {
        unsafe Array(unsafeUninitializedCapacity: StoredRecord.maximumBytes) { buffer, count in
            count = unsafe buffer.baseAddress.map { unsafe encode(to: $0) } ?? 0
        }
    }

    /// Reads a stored form and returns its length with it; `nil` if the bytes are invalid.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> (record: StoredRecord, length: Int)? {
        var reader = unsafe ByteReader(bytes)
        var record = StoredRecord.empty
        guard let flags: UInt8 = reader.read(), flags < 4 else { return nil }
        if flags & 1 != 0 {
            guard let start: Int64 = reader.read(), let raw: UInt16 = reader.read(), isTimestamp(start),
                let country = CountryCode(rawValue: raw)
            else { return nil }
            record.start = start
            record.country = country.rawValue
        }
        if flags & 2 != 0 {
            guard let end: Int64 = reader.read(), isTimestamp(end) else { return nil }
            record.end = end
        }
        return (record, reader.offset)
    }

    /// Returns whether an event can have this timestamp.
    static func isTimestamp(_ microseconds: Int64) -> Bool {
        (Timestamp.earliest.microseconds...Timestamp.latest.microseconds).contains(microseconds)
    }
}
