import Glibc
import PlayerSessions

/// The text of packed session ids, for answers and for the order of equal ends.
enum SessionText {
    /// The text of a packed id, empty where the bytes are none.
    static func unpack(_ packed: UnsafeRawBufferPointer) -> [UInt8] {
        unsafe Array(unsafeUninitializedCapacity: PackedIdentifier.maximumLength) { buffer, count in
            count = unsafe buffer.baseAddress.flatMap { unsafe PackedIdentifier.unpack(packed, to: $0) } ?? 0
        }
    }

    /// Whether one packed id's text sorts before the other's, byte by byte.
    static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        unsafe unpack(left).lexicographicallyPrecedes(unpack(right))
    }
}
