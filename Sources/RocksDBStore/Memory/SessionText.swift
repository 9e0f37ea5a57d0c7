import Glibc
import PlayerSessions

/// The text of packed session ids, for results and for ordering equal ends.
enum SessionText {
    /// Returns the text of a packed id, empty if it is invalid.
    static func unpack(_ packed: UnsafeRawBufferPointer) -> [UInt8] {
        unsafe Array(unsafeUninitializedCapacity: PackedIdentifier.maximumLength) { buffer, count in
            count = unsafe buffer.baseAddress.flatMap { unsafe PackedIdentifier.unpack(packed, to: $0) } ?? 0
        }
    }

    /// Returns whether one packed id's text sorts before the other's, byte by byte.
    static func precedes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        // Packed ids of one form and length sort as their texts do.
        if left.count == right.count, let first = left.baseAddress, let second = right.baseAddress,
            unsafe left[0] == right[0]
        {
            return unsafe memcmp(first, second, left.count) < 0
        }
        return unsafe unpack(left).lexicographicallyPrecedes(unpack(right))
    }
}
