/// A universally unique identifier of any version; CQL's `uuid` and `timeuuid`.
public struct UUID: Sendable, Hashable {
    /// The first eight bytes.
    public var high: UInt64
    /// The last eight bytes.
    public var low: UInt64

    /// Creates a UUID from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses text such as `4a0c43c9-c43a-42ff-ba55-67563dfa35d4`, in either case; nil if it is not a UUID.
    public init?(_ text: String) {
        let characters = Array(text.utf8)
        guard characters.count == 36 else { return nil }
        var halves: [UInt64] = [0, 0]
        var digits = 0
        for (index, character) in characters.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
            halves[digits / 16] = halves[digits / 16] << 4 | UInt64(digit)
            digits += 1
        }
        self.init(high: halves[0], low: halves[1])
    }
}

extension UUID: CustomStringConvertible {
    /// The text, such as `4a0c43c9-c43a-42ff-ba55-67563dfa35d4`.
    public var description: String {
        var text = ""
        text.reserveCapacity(36)
        for nibble in 0..<32 {
            if [8, 12, 16, 20].contains(nibble) { text.append("-") }
            let half = nibble < 16 ? high : low
            text += String((half >> UInt64(60 - 4 * (nibble % 16))) & 0xF, radix: 16)
        }
        return text
    }
}
