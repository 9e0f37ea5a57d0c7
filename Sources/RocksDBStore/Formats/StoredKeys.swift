import Glibc
import PlayerSessions

/// Builds the keys of the column families in one reusable buffer.
///
/// | family | key |
/// |---|---|
/// | records | hash16(player) ‖ packed player ‖ packed session |
/// | index | hash16(player) ‖ packed player ‖ ~end, 8 bytes big-endian ‖ session's text |
/// | starts | level ‖ bucket, 8 bytes big-endian; and the commit records of `CommitRecord` |
///
/// The hash prefix spreads players evenly, so that a memtable can be sorted by counting, and keeps each player's
/// sessions together. In the index the latest end sorts first, equal ends by the session's text.
@safe struct KeyBuilder: ~Copyable {
    private let bytes: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    /// The length of the hash before the player.
    static let hashBytes = 2
    /// The longest key: hash, player, end, session's text.
    static let maximumLength = hashBytes + PackedIdentifier.maximumLength + 8 + PackedIdentifier.maximumLength

    init() {
        unsafe bytes = .allocate(capacity: KeyBuilder.maximumLength)
    }

    deinit { unsafe bytes.deallocate() }

    /// The key built so far, valid until it is changed.
    var key: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: bytes, count: count)
    }

    /// Begins a key of `records` or `index` with the player.
    mutating func setPlayer(_ player: UnsafeRawBufferPointer) {
        let hash = unsafe KeyHash.stored(player)
        unsafe bytes[0] = UInt8(hash >> 8)
        unsafe bytes[1] = UInt8(hash & 0xFF)
        count = KeyBuilder.hashBytes
        unsafe append(player)
    }

    /// Appends bytes as they are.
    mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let start = more.baseAddress else { return }
        unsafe memcpy(bytes + count, start, more.count)
        count += more.count
    }

    /// Appends an end so that later ones sort first.
    mutating func append(end: Int64) {
        unsafe UnsafeMutableRawPointer(bytes + count).storeBytes(
            of: (~UInt64(bitPattern: end)).bigEndian,
            as: UInt64.self
        )
        count += 8
    }

    /// Appends the text of a packed session; returns `false` if the bytes are not a packed id.
    mutating func append(textOf session: UnsafeRawBufferPointer) -> Bool {
        guard let length = unsafe PackedIdentifier.unpack(session, to: bytes + count) else { return false }
        count += length
        return true
    }

    /// Appends the packed form of a session's text.
    mutating func append(packed text: UnsafeRawBufferPointer) {
        guard let start = text.baseAddress else { return }
        count += unsafe PackedIdentifier.pack(
            start.assumingMemoryBound(to: UInt8.self),
            text.count,
            to: bytes + count
        )
    }

    /// Keeps only the first `length` bytes.
    mutating func truncate(to length: Int) {
        count = length
    }
}

/// A parsed key of the records.
@safe struct RecordKey {
    /// The packed player.
    let player: UnsafeRawBufferPointer
    /// The packed session.
    let session: UnsafeRawBufferPointer

    /// Parses a key; `nil` if the bytes are invalid.
    init?(_ key: UnsafeRawBufferPointer) {
        guard key.count > 2,
            let playerLength = unsafe PackedIdentifier.length(
                at: UnsafeRawBufferPointer(rebasing: key[2...])
            ),
            let sessionLength = unsafe PackedIdentifier.length(
                at: UnsafeRawBufferPointer(rebasing: key[(2 + playerLength)...])
            ),
            key.count == 2 + playerLength + sessionLength
        else { return nil }
        unsafe player = UnsafeRawBufferPointer(rebasing: key[2..<(2 + playerLength)])
        unsafe session = UnsafeRawBufferPointer(rebasing: key[(2 + playerLength)...])
    }
}

/// A parsed key of the index.
@safe struct IndexKey {
    /// The session's end in µs.
    let end: Int64
    /// The session's text.
    let session: UnsafeRawBufferPointer

    /// Parses a key; `nil` if the bytes are invalid.
    init?(_ key: UnsafeRawBufferPointer) {
        guard key.count > 2,
            let player = unsafe PackedIdentifier.length(at: UnsafeRawBufferPointer(rebasing: key[2...])),
            let flipped = unsafe UInt64(
                bigEndianBytes: UnsafeRawBufferPointer(rebasing: key.dropFirst(2 + player).prefix(8))
            )
        else { return nil }
        end = Int64(bitPattern: ~flipped)
        unsafe session = UnsafeRawBufferPointer(rebasing: key[(10 + player)...])
        guard unsafe (1...Identifier.maximumLength).contains(session.count) else { return nil }
    }
}

extension UInt64 {
    /// Eight bytes that sort as the numbers do.
    var bigEndianBytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) }
    }

    /// Reads the eight bytes of `bigEndianBytes`; `nil` if there are not eight.
    init?(bigEndianBytes bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 8 else { return nil }
        self = UInt64(bigEndian: unsafe bytes.loadUnaligned(as: UInt64.self))
    }
}
