import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

/// The packed form of an id.
func packed(_ text: [UInt8]) -> [UInt8] {
    unsafe Array(unsafeUninitializedCapacity: PackedIdentifier.maximumLength) { target, count in
        count = unsafe text.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress, let to = target.baseAddress else { return 0 }
            return unsafe PackedIdentifier.pack(from, source.count, to: to)
        }
    }
}

/// The text of a packed id, `nil` where the bytes are none.
func unpacked(_ bytes: [UInt8]) -> [UInt8]? {
    var text = [UInt8](repeating: 0, count: PackedIdentifier.maximumLength)
    let length = unsafe bytes.withUnsafeBytes { bytes in
        unsafe text.withUnsafeMutableBufferPointer { target in
            unsafe target.baseAddress.flatMap { unsafe PackedIdentifier.unpack(bytes, to: $0) }
        }
    }
    return length.map { Array(text.prefix($0)) }
}

private let hexadecimal = Array("0a2d12a1a7e145de8bae44c0c6e06629".utf8)
private let uuid = Array("0a2d12a1-a7e1-45de-8bae-44c0c6e06629".utf8)

@Suite struct PackedIdentifierTests {
    @Test func `awkward ids come back byte by byte, and none is a prefix of another`() {
        let texts = StoreContract.awkwardIDs.map(\.bytes)
        let all = texts.map(packed)
        for (text, bytes) in zip(texts, all) { #expect(unpacked(bytes) == text) }
        for (index, left) in all.enumerated() {
            for (other, right) in all.enumerated() where index != other {
                #expect(!right.starts(with: left), "\(texts[index]) and \(texts[other])")
            }
        }
        #expect(packed(hexadecimal).count == 17 && packed(uuid).count == 17)
    }

    @Test(arguments: [hexadecimal, uuid])
    func `an id that differs in one byte, whichever and however, comes back`(_ text: [UInt8]) {
        for position in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[position] = byte
                let bytes = packed(changed)
                guard unpacked(bytes) == changed else {
                    Issue.record("byte \(byte) at \(position) is lost")
                    return
                }
                let isDigit = (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
                let isShort = text[position] == UInt8(ascii: "-") ? byte == text[position] : isDigit
                guard bytes.count == (isShort ? 17 : text.count + 2) else {
                    Issue.record("byte \(byte) at \(position) takes \(bytes.count) bytes")
                    return
                }
            }
        }
    }

    @Test func `bytes that are no packed id have neither text nor length`() {
        let wrong: [[UInt8]] = [
            [], [0], [4, 1, 2], [1], [2] + [UInt8](repeating: 0, count: 15),
            [1] + [UInt8](repeating: 0, count: 17), [3], [3, 0], [3, 2, 65], [3, 1, 65, 65],
            [3, 129] + [UInt8](repeating: 65, count: 129), [3, 255] + [UInt8](repeating: 65, count: 255),
        ]
        for bytes in wrong { #expect(unpacked(bytes) == nil, "\(bytes)") }
        for bytes in wrong.filter({ $0.count != 18 && $0 != [3, 1, 65, 65] }) {
            #expect(
                unsafe bytes.withUnsafeBytes { unsafe PackedIdentifier.length(at: $0) } == nil,
                "\(bytes)"
            )
        }
    }
}
