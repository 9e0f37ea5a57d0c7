extension UInt8 {
    /// The ASCII letter in lower case; any other byte unchanged.
    var lowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }

    var isDigit: Bool {
        self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9")
    }

    /// Whether the byte is a control character other than the tab, which fields may contain.
    var isControl: Bool {
        (self < 0x20 && self != 9) || self == 0x7F
    }

    /// Whether the byte is allowed in a token (RFC 9110, section 5.6.2): a method or a field's name.
    var isToken: Bool {
        // Bit n of the first mask stands for byte n, of the second for byte 64 + n.
        if self < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(self) & 1 == 1 }
        return self < 128 && (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(self - 64) & 1 == 1
    }

    /// Whether the byte means the same in a URI escaped and unescaped (RFC 3986, section 2.3).
    var isUnreserved: Bool {
        isDigit || (lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z"))
            || "-._~".utf8.contains(self)
    }

    /// Whether the byte is allowed in a host's name: unreserved, percent and sub-delimiters of RFC 3986.
    var isHostName: Bool { isUnreserved || "%!$&'()*+,;=".utf8.contains(self) }

    /// The value of a hexadecimal digit, or `nil`.
    var hexadecimalValue: Int? {
        if isDigit { return Int(self - UInt8(ascii: "0")) }
        let letter = lowercased
        guard letter >= UInt8(ascii: "a"), letter <= UInt8(ascii: "f") else { return nil }
        return Int(letter - UInt8(ascii: "a")) + 10
    }
}
