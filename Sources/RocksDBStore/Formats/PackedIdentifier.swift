/// The packed form of an id: short for the usual kinds, lossless for all.
///
/// The first byte names the form: 1 for 32 lower-case hex digits (16 bytes follow), 2 for a lower-case UUID (16 bytes
/// follow), 3 for anything else (the length, then the bytes). No packed id is a prefix of another.
enum PackedIdentifier {
    /// The longest packed id: form, length, 128 bytes.
    static let maximumLength = 130

    private static let hexadecimal: UInt8 = 1
    private static let uuid: UInt8 = 2
    private static let verbatim: UInt8 = 3

    /// Writes the packed form of an id of 1 to 128 bytes; returns its length.
    static func pack(
        _ text: UnsafePointer<UInt8>,
        _ length: Int,
        to target: UnsafeMutablePointer<UInt8>
    ) -> Int {
        if length == 32, unsafe packDigits(text, [0, 8, 16, 24], to: target + 1) {
            unsafe target.pointee = hexadecimal
            return 17
        }
        if length == 36, unsafe packUUID(text, to: target + 1) {
            unsafe target.pointee = uuid
            return 17
        }
        unsafe target[0] = verbatim
        unsafe target[1] = UInt8(length)
        unsafe (target + 2).update(from: text, count: length)
        return length + 2
    }

    /// Returns the packed form of an id of 1 to 128 bytes.
    static func pack(_ text: [UInt8]) -> [UInt8] {
        unsafe Array(unsafeUninitializedCapacity: maximumLength) { buffer, count in
            guard let target = buffer.baseAddress else { return }
            count = unsafe text.withUnsafeBufferPointer { text in
                unsafe text.baseAddress.map { unsafe pack($0, text.count, to: target) } ?? 0
            }
        }
    }

    /// Writes the text of a packed id; returns its length, or `nil` if the bytes are not a packed id.
    static func unpack(_ packed: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) -> Int? {
        guard let form = unsafe packed.first else { return nil }
        switch form {
        case hexadecimal where packed.count == 17:
            for index in 0..<16 { unsafe writeDigits(packed[index + 1], to: target + 2 * index) }
            return 32
        case uuid where packed.count == 17:
            var position = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    unsafe target[position] = UInt8(ascii: "-")
                    position += 1
                }
                unsafe writeDigits(packed[index + 1], to: target + position)
                position += 2
            }
            return 36
        case verbatim
        where (3...maximumLength).contains(packed.count) && Int(unsafe packed[1]) == packed.count - 2:
            for index in 2..<packed.count { unsafe target[index - 2] = packed[index] }
            return packed.count - 2
        default:
            return nil
        }
    }

    /// Returns the length of the packed id at the start of `bytes`, or `nil` if there is none.
    static func length(at bytes: UnsafeRawBufferPointer) -> Int? {
        guard let form = unsafe bytes.first else { return nil }
        var length = 17
        if form == verbatim {
            guard bytes.count >= 2 else { return nil }
            length = Int(unsafe bytes[1]) + 2
            guard (3...maximumLength).contains(length) else { return nil }
        } else if form != hexadecimal && form != uuid {
            return nil
        }
        return length <= bytes.count ? length : nil
    }

    private static func packUUID(
        _ text: UnsafePointer<UInt8>,
        to target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let dash = UInt8(ascii: "-")
        guard unsafe text[8] == dash, unsafe text[13] == dash, unsafe text[18] == dash,
            unsafe text[23] == dash
        else { return false }
        let raw = unsafe UnsafeRawPointer(text)
        let second =
            unsafe UInt64(raw.loadUnaligned(fromByteOffset: 9, as: UInt32.self))
            | UInt64(raw.loadUnaligned(fromByteOffset: 14, as: UInt32.self)) << 32
        let third =
            unsafe UInt64(raw.loadUnaligned(fromByteOffset: 19, as: UInt32.self))
            | UInt64(raw.loadUnaligned(fromByteOffset: 24, as: UInt32.self)) << 32
        let first = unsafe raw.loadUnaligned(as: UInt64.self)
        let last = unsafe raw.loadUnaligned(fromByteOffset: 28, as: UInt64.self)
        return unsafe packWord(first, to: target) && packWord(second, to: target + 4)
            && packWord(third, to: target + 8) && packWord(last, to: target + 12)
    }

    private static func packDigits(
        _ text: UnsafePointer<UInt8>,
        _ offsets: InlineArray<4, Int>,
        to target: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        let raw = unsafe UnsafeRawPointer(text)
        for index in 0..<4 {
            let word = unsafe raw.loadUnaligned(fromByteOffset: offsets[index], as: UInt64.self)
            guard unsafe packWord(word, to: target + 4 * index) else { return false }
        }
        return true
    }

    /// Packs eight lower-case hex digits, held in one word, into four bytes.
    @inline(__always)
    private static func packWord(_ word: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Letters have bit 6 set; their value is their low four bits plus 9.
        let values = (word & (ones &* 0x0F)) &+ ((word >> 6) & ones) &* 9
        let aboveNine = ((values &+ ones &* 0x76) >> 7) & ones
        // Encoding the values again must give the digits that were read.
        guard values & (ones &* 0x10) == 0, values &+ ones &* 0x30 &+ aboveNine &* 0x27 == word else {
            return false
        }
        var packed = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        packed = (packed | packed >> 8) & 0x0000_FFFF_0000_FFFF
        packed = (packed | packed >> 16) & 0xFFFF_FFFF
        unsafe UnsafeMutableRawPointer(target).storeBytes(of: UInt32(packed), as: UInt32.self)
        return true
    }

    @inline(__always)
    private static func writeDigits(_ byte: UInt8, to target: UnsafeMutablePointer<UInt8>) {
        unsafe target[0] = digit(byte >> 4)
        unsafe target[1] = digit(byte & 15)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x57 }
}
