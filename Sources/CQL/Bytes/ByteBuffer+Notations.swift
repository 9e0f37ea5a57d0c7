import ByteBuffers

extension ByteBuffer {
    mutating func append(_ more: [UInt8]) {
        unsafe more.withUnsafeBytes { unsafe append($0) }
    }

    /// Appends an integer, most significant byte first.
    mutating func append<Integer: FixedWidthInteger>(bigEndian integer: Integer) {
        unsafe appendUpTo(MemoryLayout<Integer>.size) { target in
            unsafe target.storeBytes(of: integer.bigEndian, as: Integer.self)
            return MemoryLayout<Integer>.size
        }
    }

    /// Appends the lowest `size` bytes of an integer, least significant byte first.
    mutating func append(littleEndian integer: UInt64, size: Int) {
        unsafe appendUpTo(size) { target in
            for index in 0..<size {
                let byte = UInt8(truncatingIfNeeded: integer >> (8 * UInt64(index)))
                unsafe target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            }
            return size
        }
    }

    /// Overwrites bytes with an integer, most significant byte first.
    mutating func replace<Integer: FixedWidthInteger>(at offset: Int, bigEndian integer: Integer) {
        precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= count)
        unsafe mutableBytes.storeBytes(of: integer.bigEndian, toByteOffset: offset, as: Integer.self)
    }
}

/// A request that the protocol cannot express.
struct UnencodableRequest: Error {
    /// What does not fit, as text for people.
    var reason: String
}

/// The protocol's notations; source: its specification, version 5, section 3.
extension ByteBuffer {
    /// Appends a `[string]`.
    mutating func append(string: String) throws(UnencodableRequest) {
        let count = string.utf8.count
        guard let length = UInt16(exactly: count) else {
            throw UnencodableRequest(reason: "a name of \(count) bytes is longer than \(UInt16.max)")
        }
        append(bigEndian: length)
        append(utf8: string)
    }

    /// Appends a `[long string]`.
    mutating func append(longString string: String) throws(UnencodableRequest) {
        let count = string.utf8.count
        guard let length = Int32(exactly: count) else {
            throw UnencodableRequest(reason: "a statement of \(count) bytes is longer than \(Int32.max)")
        }
        append(bigEndian: length)
        append(utf8: string)
    }

    /// Appends a `[short bytes]`.
    mutating func append(shortBytes bytes: [UInt8]) throws(UnencodableRequest) {
        guard let length = UInt16(exactly: bytes.count) else {
            throw UnencodableRequest(reason: "an id of \(bytes.count) bytes is longer than \(UInt16.max)")
        }
        append(bigEndian: length)
        append(bytes)
    }

    /// Appends a `[bytes]`.
    mutating func append(byteString bytes: [UInt8]) throws(UnencodableRequest) {
        guard let length = Int32(exactly: bytes.count) else {
            throw UnencodableRequest(reason: "\(bytes.count) bytes are more than \(Int32.max)")
        }
        append(bigEndian: length)
        append(bytes)
    }

    /// Appends a `[string list]`.
    mutating func append(stringList list: [String]) throws(UnencodableRequest) {
        try append(shortCount: list.count, of: "strings")
        for string in list { try append(string: string) }
    }

    /// Appends a `[string map]` sorted by key, so equal maps give equal bytes.
    mutating func append(stringMap map: [String: String]) throws(UnencodableRequest) {
        try append(shortCount: map.count, of: "options")
        for (key, value) in map.sorted(by: { $0.key < $1.key }) {
            try append(string: key)
            try append(string: value)
        }
    }

    /// Appends a `[consistency]`.
    mutating func append(consistency: Consistency) {
        append(bigEndian: consistency.rawValue)
    }

    /// Appends a count as a `[short]`.
    mutating func append(shortCount count: Int, of what: String) throws(UnencodableRequest) {
        guard let short = UInt16(exactly: count) else {
            throw UnencodableRequest(reason: "\(count) \(what) are more than \(UInt16.max)")
        }
        append(bigEndian: short)
    }

    private mutating func append(utf8 string: String) {
        var string = string
        string.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }
}
