extension CountryCode {
    /// The number of codes: 26 · 26 of letters, 26 · 10 that end in a digit, 10 · 26 that begin with one.
    public static let count = 1_196

    private static let pairsOfLetters = 676
    private static let endingInDigit = 260

    /// A dense number for tables, which stores also keep: 0 for AA to 675 for ZZ, 676 for A0 to 935 for Z9, 936 for 0A
    /// to 1,195 for 9Z.
    public var ordinal: Int {
        let first = Int(rawValue >> 8)
        let second = Int(rawValue & 0xFF)
        if first >= 0x41 && second >= 0x41 { return (first - 0x41) * 26 + second - 0x41 }
        return first >= 0x41
            ? CountryCode.pairsOfLetters + (first - 0x41) * 10 + second - 0x30
            : CountryCode.pairsOfLetters + CountryCode.endingInDigit + (first - 0x30) * 26 + second - 0x41
    }

    /// Creates the code with this dense number, which must be below `count`.
    public init(ordinal: Int) {
        precondition((0..<CountryCode.count).contains(ordinal))
        let code: (first: Int, second: Int)
        switch ordinal {
        case ..<CountryCode.pairsOfLetters: code = (0x41 + ordinal / 26, 0x41 + ordinal % 26)
        case ..<(CountryCode.pairsOfLetters + CountryCode.endingInDigit):
            let rest = ordinal - CountryCode.pairsOfLetters
            code = (0x41 + rest / 10, 0x30 + rest % 10)
        default:
            let rest = ordinal - CountryCode.pairsOfLetters - CountryCode.endingInDigit
            code = (0x30 + rest / 26, 0x41 + rest % 26)
        }
        self.init(uncheckedRawValue: UInt16(code.first << 8 | code.second))
    }
}
