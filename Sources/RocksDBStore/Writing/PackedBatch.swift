internal import CXXHash
import Glibc
import PlayerSessions

/// One event in the writer's form: packed ids and their hashes, made on the caller's thread.
@safe struct PackedEvent {
    /// The bytes of the fixed fields before the key.
    static let headerBytes = 32

    let pointer: UnsafeRawPointer

    var timestamp: Int64 { unsafe pointer.load(as: Int64.self) }
    /// The hash of player and session together.
    var sessionHash: UInt64 { unsafe pointer.load(fromByteOffset: 8, as: UInt64.self) }
    /// The hash of the player alone.
    var playerHash: UInt64 { unsafe pointer.load(fromByteOffset: 16, as: UInt64.self) }
    /// The raw country of a start; 0 for an end.
    var country: UInt16 { unsafe pointer.load(fromByteOffset: 24, as: UInt16.self) }
    var playerLength: Int { Int(unsafe pointer.load(fromByteOffset: 26, as: UInt8.self)) }
    var sessionLength: Int { Int(unsafe pointer.load(fromByteOffset: 27, as: UInt8.self)) }
    /// The bytes from this event to the next.
    var stride: Int { Int(unsafe pointer.load(fromByteOffset: 28, as: UInt32.self)) }
    /// The packed player, then the packed session.
    var key: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: pointer + PackedEvent.headerBytes,
            count: playerLength + sessionLength
        )
    }
}

/// The events of one request in the writer's form, in one allocation.
@safe final class PackedBatch: @unchecked Sendable {  // Immutable after `init`.
    let count: Int
    private let memory: UnsafeMutableRawPointer

    /// Packs a batch; the random `seed` keeps clients from choosing ids whose hashes collide.
    init(_ batch: EventBatch, seed: UInt64) {
        count = batch.count
        // Form and length bytes of both ids, and up to seven bytes of padding.
        let size = batch.entries.reduce(0) { sum, entry in
            sum + PackedEvent.headerBytes + Int(entry.playerLength) + Int(entry.sessionLength) + 11
        }
        unsafe memory = .allocate(byteCount: size, alignment: 8)
        var next = unsafe memory
        unsafe batch.text.withUnsafeBufferPointer { text in
            guard let text = text.baseAddress else { return }
            for entry in batch.entries { unsafe next += PackedBatch.pack(entry, text, seed, at: next) }
        }
    }

    deinit { unsafe memory.deallocate() }

    /// Calls `body` with every event, in order; the events are valid as long as the batch lives.
    @inline(__always)
    func forEach(_ body: (PackedEvent) -> Void) {
        var next = unsafe UnsafeRawPointer(memory)
        for _ in 0..<count {
            let event = unsafe PackedEvent(pointer: next)
            body(event)
            unsafe next += event.stride
        }
    }

    private static func pack(
        _ entry: EventBatch.Entry,
        _ text: UnsafePointer<UInt8>,
        _ seed: UInt64,
        at target: UnsafeMutableRawPointer
    ) -> Int {
        let key = unsafe (target + PackedEvent.headerBytes).assumingMemoryBound(to: UInt8.self)
        let player = unsafe PackedIdentifier.pack(
            text + Int(entry.playerOffset),
            Int(entry.playerLength),
            to: key
        )
        let session = unsafe PackedIdentifier.pack(
            text + Int(entry.sessionOffset),
            Int(entry.sessionLength),
            to: key + player
        )
        let stride = (PackedEvent.headerBytes + player + session + 7) & ~7
        unsafe target.storeBytes(of: entry.timestamp.microseconds, as: Int64.self)
        unsafe target.storeBytes(
            of: KeyHash.hash(key, player + session, seed),
            toByteOffset: 8,
            as: UInt64.self
        )
        unsafe target.storeBytes(of: KeyHash.hash(key, player, seed), toByteOffset: 16, as: UInt64.self)
        unsafe target.storeBytes(of: entry.country, toByteOffset: 24, as: UInt16.self)
        unsafe target.storeBytes(of: UInt8(player), toByteOffset: 26, as: UInt8.self)
        unsafe target.storeBytes(of: UInt8(session), toByteOffset: 27, as: UInt8.self)
        unsafe target.storeBytes(of: UInt32(stride), toByteOffset: 28, as: UInt32.self)
        return stride
    }
}

/// Hashes of packed keys: XXH3 of the xxHash library.
enum KeyHash {
    @inline(__always)
    static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ seed: UInt64) -> UInt64 {
        unsafe xxh3_64_with_seed(bytes, count, seed)
    }

    /// Returns the hash that stored keys begin with, which is the same on every machine and never changes.
    static func stored(_ player: UnsafeRawBufferPointer) -> UInt16 {
        UInt16(truncatingIfNeeded: unsafe xxh3_64_with_seed(player.baseAddress, player.count, 0) >> 48)
    }
}
