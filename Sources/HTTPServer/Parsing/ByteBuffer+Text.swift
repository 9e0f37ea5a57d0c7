import ByteBuffers
import Glibc

extension ByteBuffer {
    mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends a non-negative number in decimal digits.
    mutating func append(decimal number: Int) {
        var rest = number
        var digits = 1
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        unsafe appendUpTo(digits) { target in
            var rest = number
            for index in stride(from: digits - 1, through: 0, by: -1) {
                unsafe target.storeBytes(
                    of: UInt8(ascii: "0") + UInt8(rest % 10),
                    toByteOffset: index,
                    as: UInt8.self
                )
                rest /= 10
            }
            return digits
        }
    }

    /// Replaces control characters from `start` on with spaces.
    mutating func replaceControls(from start: Int) {
        let bytes = unsafe mutableBytes
        for index in start..<count where unsafe bytes[index] < 0x20 || bytes[index] == 0x7F {
            unsafe bytes[index] = UInt8(ascii: " ")
        }
    }

    /// Makes the `HTTPServer.bodyPadding` bytes after the end readable and zero, without counting them.
    mutating func pad() {
        unsafe memset(reserve(HTTPServer.bodyPadding), 0, HTTPServer.bodyPadding)
    }
}
