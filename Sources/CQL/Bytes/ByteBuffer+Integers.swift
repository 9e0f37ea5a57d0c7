import ByteBuffers

extension ByteBuffer {
    mutating func append(_ more: [UInt8]) {
        unsafe more.withUnsafeBytes { unsafe append($0) }
    }

    /// Appends an integer, its most significant byte first.
    mutating func append<Integer: FixedWidthInteger>(bigEndian integer: Integer) {
        unsafe appendUpTo(MemoryLayout<Integer>.size) { target in
            unsafe target.storeBytes(of: integer.bigEndian, as: Integer.self)
            return MemoryLayout<Integer>.size
        }
    }

    /// Appends the lowest `size` bytes of an integer, the least significant byte first.
    mutating func append(littleEndian integer: UInt64, size: Int) {
        unsafe appendUpTo(size) { target in
            for index in 0..<size {
                let byte = UInt8(truncatingIfNeeded: integer >> (8 * UInt64(index)))
                unsafe target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            }
            return size
        }
    }

    /// Puts an integer where bytes are already.
    mutating func replace<Integer: FixedWidthInteger>(at offset: Int, bigEndian integer: Integer) {
        precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= count)
        unsafe mutableBytes.storeBytes(of: integer.bigEndian, toByteOffset: offset, as: Integer.self)
    }
}
