/// Resolves `%41` and the like (RFC 3986, section 2.1); a `+` is a plus.
func percentDecoded(_ text: Substring, what: String) throws(InvalidValue) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
            throw InvalidValue("has a % without two hex digits in its \(what); a % itself is written %25")
        }
        bytes.append(high << 4 | low)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
        throw InvalidValue("has a \(what) that is not UTF-8 when its escapes are resolved")
    }
    return decoded
}

/// Escapes all that is not unreserved in RFC 3986, and leaves `/`, so that paths stay readable.
func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var encoded = ""
    for byte in text.utf8 {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "/"):
            encoded.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            encoded.append("%")
            encoded.append(digits[Int(byte >> 4)])
            encoded.append(digits[Int(byte & 0xF)])
        }
    }
    return encoded
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}
