extension HTTPRequestHead {
    mutating func reset(to newBytes: UnsafeRawBufferPointer) {
        bytes.removeAll(keepingCapacity: true)
        unsafe bytes.append(contentsOf: newBytes)
        fields.removeAll(keepingCapacity: true)
        queryRange = nil
        authorityRange = nil
        hostRange = nil
        isFromBrowserPage = false
        contentLength = nil
        isChunked = false
        isHTTP10 = false
        keepsAlive = true
        expectsContinue = false
    }

    /// Parses exactly `METHOD SP TARGET SP HTTP/1.x CRLF` at the start of `bytes`; returns a fault if it is invalid.
    mutating func readRequestLine(maximumTargetBytes: Int) -> HTTPFault? {
        var index = 0
        while index < bytes.count, bytes[index].isToken { index += 1 }
        guard index > 0, index < bytes.count, bytes[index] == 32 else {
            return .badRequest("The request does not begin with a method.")
        }
        let targetStart = index + 1
        index = targetStart
        while index < bytes.count, bytes[index] > 32, bytes[index] != 0x7F { index += 1 }
        guard index > targetStart, index < bytes.count, bytes[index] == 32 else {
            return .badRequest("The request line has no target, or a character that may not be in it.")
        }
        let target = targetStart..<index
        if let fault = readVersion(at: index + 1) { return fault }
        if target.count > maximumTargetBytes { return .uriTooLong }
        return readTarget(target, isOptions: bytes.starts(with: "OPTIONS ".utf8))
    }

    private mutating func readVersion(at start: Int) -> HTTPFault? {
        let name = StaticString("HTTP/")
        let isVersion =
            unsafe bytes.count >= start + 10
            && bytes[start..<(start + 5)].elementsEqual(
                unsafe UnsafeBufferPointer(start: name.utf8Start, count: 5)
            )
            && bytes[start + 5].isDigit && bytes[start + 6] == UInt8(ascii: ".") && bytes[start + 7].isDigit
            && bytes[start + 8] == 13 && bytes[start + 9] == 10
        guard isVersion else { return .badRequest("The request line does not end in a version of HTTP.") }
        let minor = bytes[start + 7]
        guard bytes[start + 5] == UInt8(ascii: "1"), minor <= UInt8(ascii: "1") else {
            return .unsupportedVersion
        }
        isHTTP10 = minor == UInt8(ascii: "0")
        return nil
    }

    /// Accepts `/path`, `http://host/path`, and `*` with OPTIONS.
    private mutating func readTarget(_ target: Range<Int>, isOptions: Bool) -> HTTPFault? {
        var rest = target
        if bytes[target.lowerBound] != UInt8(ascii: "/") {
            if isOptions, target.count == 1, bytes[target.lowerBound] == UInt8(ascii: "*") {
                pathRange = target
                return nil
            }
            if bytes.starts(with: "CONNECT ".utf8) { return .methodNotImplemented }
            guard let authority = authority(of: target) else {
                return .badRequest("The target is neither a path nor an http URL.")
            }
            authorityRange = authority
            rest = authority.upperBound..<target.upperBound
        }
        if bytes[rest].contains(UInt8(ascii: "#")) { return .badRequest("The target has a fragment.") }
        let mark = bytes[rest].firstIndex(of: UInt8(ascii: "?"))
        pathRange = rest.lowerBound..<(mark ?? rest.upperBound)
        queryRange = mark.map { ($0 + 1)..<rest.upperBound }
        normalizePath()
        return nil
    }

    /// Decodes the path's escapes of unreserved characters, which mean the same either way.
    ///
    /// All others stay, since `%2F` is not `/` (RFC 3986, section 6.2.2.2). Done in place and before anyone reads the
    /// path, so that everyone sees the same one.
    mutating func normalizePath() {
        guard bytes[pathRange].contains(UInt8(ascii: "%")) else { return }
        var end = pathRange.lowerBound
        var index = pathRange.lowerBound
        while index < pathRange.upperBound {
            var byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < pathRange.upperBound,
                let high = bytes[index + 1].hexadecimalValue, let low = bytes[index + 2].hexadecimalValue,
                UInt8(high << 4 | low).isUnreserved
            {
                byte = UInt8(high << 4 | low)
                index += 2
            }
            bytes[end] = byte
            end += 1
            index += 1
        }
        pathRange = pathRange.lowerBound..<end
    }

    /// Returns the position of the authority of an absolute target, if it is valid.
    private func authority(of target: Range<Int>) -> Range<Int>? {
        for scheme in ["http://", "https://"] {
            let prefix = bytes[target].prefix(scheme.utf8.count).map(\.lowercased)
            guard prefix.elementsEqual(scheme.utf8) else { continue }
            let start = target.lowerBound + prefix.count
            let end =
                bytes[start..<target.upperBound].firstIndex {
                    $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?")
                }
                ?? target.upperBound
            return HostRule.isValid(bytes[start..<end]) ? start..<end : nil
        }
        return nil
    }
}
