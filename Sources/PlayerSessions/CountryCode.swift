/// Two ASCII letters or digits in upper case, at least one of them a letter.
///
/// Meant as ISO 3166-1 alpha-2, but not checked: CDNs and GeoIP databases use `T1` for Tor, `A1` for a proxy and `XX`
/// for an unknown country.
public struct CountryCode: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// First character · 256 + second character, so that numbers sort as the texts do.
    public let rawValue: UInt16

    /// Creates a code from a stored number; the caller guarantees what `init(rawValue:)` checks.
    @inlinable
    package init(uncheckedRawValue: UInt16) {
        rawValue = uncheckedRawValue
    }

    /// Creates a code from a stored number; `nil` unless it is one in upper case.
    @inlinable
    public init?(rawValue: UInt16) {
        self.init(rawValue >> 8, rawValue & 0xFF)
        guard self.rawValue == rawValue else { return nil }
    }

    /// Creates a code from a text in either case; `nil` if it is none.
    @inlinable
    public init?(_ text: Span<UInt8>) {
        guard text.count == 2 else { return nil }
        self.init(UInt16(text[0]), UInt16(text[1]))
    }

    /// Creates a code from a text in either case; `nil` if it is none.
    public init?(_ text: String) {
        self.init(Array(text.utf8).span)
    }

    @usableFromInline
    init?(_ first: UInt16, _ second: UInt16) {
        let upper = (first & 0xDF, second & 0xDF)
        let isLetter = (
            first < 0x80 && CountryCode.letters.contains(upper.0),
            second < 0x80 && CountryCode.letters.contains(upper.1)
        )
        switch isLetter {
        case (true, true): rawValue = upper.0 << 8 | upper.1
        case (true, false) where CountryCode.digits.contains(second): rawValue = upper.0 << 8 | second
        case (false, true) where CountryCode.digits.contains(first): rawValue = first << 8 | upper.1
        default: return nil
        }
    }

    private static let letters: ClosedRange<UInt16> = 0x41...0x5A
    private static let digits: ClosedRange<UInt16> = 0x30...0x39

    /// What a country must be, phrased to follow its name.
    public static let rule = "must be two ASCII letters or digits, at least one of them a letter, such as FI"

    /// The two characters.
    public var description: String {
        String(decoding: [UInt8(rawValue >> 8), UInt8(rawValue & 0xFF)], as: UTF8.self)
    }

    /// The order of the texts; digits sort before letters.
    @inlinable
    public static func < (left: CountryCode, right: CountryCode) -> Bool {
        left.rawValue < right.rawValue
    }
}
