/// A `player_id` or a `session_id`: 1 to 128 bytes of UTF-8 without control characters, compared byte by byte.
///
/// It allocates, so only queries and tests use it; on the path of a batch, ids stay inside `EventBatch`.
public struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The UTF-8 of the id, with escapes resolved.
    public let bytes: [UInt8]

    /// The most bytes that an id may have.
    public static let maximumLength = 128

    /// Why a text is not an id; `description` says what would be right.
    public enum ValidationError: Error, Hashable, Sendable, CustomStringConvertible {
        /// The text has no bytes.
        case empty
        /// The text has more than 128 bytes of UTF-8.
        case tooLong
        /// The text has a character of U+0000–001F or U+007F–009F.
        case controlCharacter

        /// What is wrong and what would be right.
        public var description: String {
            switch self {
            case .empty: "must not be empty"
            case .tooLong: "must be at most \(Identifier.maximumLength) bytes of UTF-8"
            case .controlCharacter: "must not contain control characters"
            }
        }
    }

    /// Creates an id from valid UTF-8.
    public init(_ bytes: Span<UInt8>) throws(ValidationError) {
        if let error = Identifier.validate(bytes) { throw error }
        self.bytes = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Creates an id from a string.
    public init(_ text: String) throws(ValidationError) {
        try self.init(Array(text.utf8).span)
    }

    /// Creates an id from bytes that were validated before they were stored.
    package init(unchecked bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Returns why valid UTF-8 is not an id; `nil` if it is.
    ///
    /// Does not allocate.
    public static func validate(_ bytes: Span<UInt8>) -> ValidationError? {
        if bytes.isEmpty { return .empty }
        if bytes.count > maximumLength { return .tooLong }
        var beforeWasC2 = false
        for index in lengthOfPlainText(bytes)..<bytes.count {
            let byte = bytes[index]
            // U+0080–009F are C2 80 to C2 9F in UTF-8.
            if byte < 0x20 || byte == 0x7F || (beforeWasC2 && byte < 0xA0) { return .controlCharacter }
            beforeWasC2 = byte == 0xC2
        }
        return nil
    }

    /// Returns how many leading bytes, in eights, are U+0020–007E: all of nearly every id.
    private static func lengthOfPlainText(_ bytes: Span<UInt8>) -> Int {
        // "Determine if a word has a byte less than n", Bit Twiddling Hacks, Sean Eron Anderson. A borrow can only flag
        // a word that another byte has flagged already.
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits = ones * 0x80
        var index = 0
        while index + 8 <= bytes.count {
            let word = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let belowSpace = (word &- ones * 0x20) & ~word
            let fromDelete = word &+ ones
            guard (word | belowSpace | fromDelete) & highBits == 0 else { return index }
            index += 8
        }
        return index
    }

    /// Hashes the number of bytes and the bytes as a whole; an array's own hash takes them one by one.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytes.count)
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }

    /// Compares byte by byte.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// The id as text.
    public var description: String {
        String(decoding: bytes, as: UTF8.self)
    }
}
