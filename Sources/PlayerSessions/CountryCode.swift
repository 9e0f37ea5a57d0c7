/// Two ASCII letters in upper case; ISO 3166-1 alpha-2 is meant, not checked.
public struct CountryCode: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// First letter · 256 + second letter, so that numbers sort as the texts do.
    public let rawValue: UInt16

    /// Takes a code as stored; the caller vouches for two upper-case letters.
    @inlinable
    package init(uncheckedRawValue: UInt16) {
        rawValue = uncheckedRawValue
    }

    /// The code of a number as stored, or `nil` where it is not two upper-case letters.
    @inlinable
    public init?(rawValue: UInt16) {
        self.init(rawValue >> 8, rawValue & 0xFF)
        guard self.rawValue == rawValue else { return nil }
    }

    /// The code of two ASCII letters in either case, or `nil`.
    @inlinable
    public init?(_ text: Span<UInt8>) {
        guard text.count == 2 else { return nil }
        self.init(UInt16(text[0]), UInt16(text[1]))
    }

    /// The code of a text of two ASCII letters in either case, or `nil`.
    public init?(_ text: String) {
        self.init(Array(text.utf8).span)
    }

    @usableFromInline
    init?(_ first: UInt16, _ second: UInt16) {
        let upper = (first & 0xDF, second & 0xDF)
        guard first < 0x80, second < 0x80, (0x41...0x5A).contains(upper.0), (0x41...0x5A).contains(upper.1)
        else { return nil }
        rawValue = upper.0 << 8 | upper.1
    }

    /// How many codes there are: 26 · 26.
    public static let count = 676

    /// A dense number for tables, 0 for AA to 675 for ZZ.
    @inlinable
    public var ordinal: Int {
        (Int(rawValue >> 8) - 0x41) * 26 + Int(rawValue & 0xFF) - 0x41
    }

    /// The code with this dense number, which must be 0 to 675.
    @inlinable
    public init(ordinal: Int) {
        precondition((0..<CountryCode.count).contains(ordinal))
        rawValue = UInt16(ordinal / 26 + 0x41) << 8 | UInt16(ordinal % 26 + 0x41)
    }

    /// The two letters.
    public var description: String {
        String(decoding: [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)], as: UTF8.self)
    }

    /// The order of the letters.
    @inlinable
    public static func < (left: CountryCode, right: CountryCode) -> Bool {
        left.rawValue < right.rawValue
    }
}
