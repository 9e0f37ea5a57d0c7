/// What makes a value of `Host` valid.
enum HostRule {
    /// Returns whether the bytes are a name or an address, with or without a port, and without a user.
    static func isValid(_ value: ArraySlice<UInt8>) -> Bool {
        var rest = value
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")), end > rest.startIndex + 2 else {
                return false
            }
            let isAddress = rest[(rest.startIndex + 1)..<end].allSatisfy {
                $0.hexadecimalValue != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
            guard isAddress else { return false }
            rest = rest[(end + 1)...]
        } else {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            guard end > rest.startIndex, rest[..<end].allSatisfy(\.isHostName) else { return false }
            rest = rest[end...]
        }
        guard let colon = rest.first else { return true }
        let port = rest.dropFirst()
        return colon == UInt8(ascii: ":") && port.count <= 5 && port.allSatisfy(\.isDigit)
            && port.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 65_535
    }
}

extension HTTPRequestHead {
    /// Refuses what recipients could interpret differently: control characters, bare CR, folded lines.
    func refuseControls() -> HTTPFault? {
        unsafe bytes.withUnsafeBufferPointer { bytes -> HTTPFault? in
            var index = 0
            while index < bytes.count {
                let byte = unsafe bytes[index]
                index += 1
                if !byte.isControl { continue }
                guard byte == 13, index < bytes.count, unsafe bytes[index] == 10 else {
                    return .badRequest("The head has a control character.")
                }
                index += 1
                if index < bytes.count, unsafe bytes[index] == 32 || bytes[index] == 9 {
                    return .badRequest("A line of the head begins with white space.")
                }
            }
            return nil
        }
    }

    /// Applies the rules of framing and routing to the fields; returns why the request is refused.
    mutating func applyRules() -> HTTPFault? {
        var hosts = 0
        var lengths = 0
        var codings = 0
        var expectation: HTTPFault?
        for index in fields.indices {
            trimValue(index)
            let field = fields[index]
            guard bytes[Int(field.nameStart)..<Int(field.nameStart + field.nameCount)].allSatisfy(\.isToken),
                bytes[Int(field.nameStart + field.nameCount)] == UInt8(ascii: ":")
            else { return .badRequest("The name of a header field is not a token followed by a colon.") }
            switch field.nameCount {
            case 4 where isNamed(field, "host"):
                hosts += 1
                let value = valueBytes(field)
                // A client whose target has no host sends it empty, as load balancers' health checks do. The authority
                // of an absolute target overrides the field.
                guard authorityRange != nil || value.isEmpty || HostRule.isValid(value) else {
                    return .badRequest("Host is not a name or an address with or without a port.")
                }
                hostRange = value.indices
            case 14 where isNamed(field, "content-length"):
                lengths += 1
                guard let length = Self.decimal(valueBytes(field)) else {
                    return .badRequest("Content-Length is not one number.")
                }
                contentLength = length
            case 17 where isNamed(field, "transfer-encoding"):
                codings += 1
                guard equals(field, "chunked") else {
                    return .badRequest("Transfer-Encoding is not chunked alone.")
                }
                isChunked = true
            case 6 where isNamed(field, "expect") && !isHTTP10:
                if equals(field, "100-continue") {
                    expectsContinue = true
                } else {
                    expectation = .expectationFailed
                }
            case 6 where isNamed(field, "origin"), 14 where isNamed(field, "sec-fetch-site"):
                isFromBrowserPage = true
            default: break
            }
        }
        if hosts > 1 || (hosts == 0 && !isHTTP10) { return .badRequest("The request needs one Host.") }
        if lengths > 1 || (codings > 0 && lengths > 0) { return contradictoryFraming }
        if codings > 1 { return .badRequest("Transfer-Encoding is given more than once.") }
        if codings > 0, isHTTP10 { return .badRequest("HTTP/1.0 has no Transfer-Encoding.") }
        if method == .other("CONNECT") { return .methodNotImplemented }
        return expectation
    }

    /// Returns the fault that says which framing fields contradict each other, for a head that is refused.
    ///
    /// It scans the lines themselves, because http-parser stops at the first field that it refuses.
    var contradictoryFraming: HTTPFault {
        let lengths = values(inLinesNamed: "content-length")
        if !values(inLinesNamed: "transfer-encoding").isEmpty, !lengths.isEmpty {
            return .badRequest(
                "Content-Length and Transfer-Encoding are both given; the length of a body is told by one of them."
            )
        }
        guard lengths.count > 1 else { return .badRequest("Content-Length is not one number.") }
        let shown = lengths.prefix(2)
        let areNumbers = shown.allSatisfy { (1...20).contains($0.count) && $0.allSatisfy(\.isDigit) }
        let numbers = shown.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " and ")
        return .badRequest(
            "Content-Length is given \(lengths.count) times\(areNumbers ? " (\(numbers))" : ""); give it once."
        )
    }

    /// Returns the values of all lines of this name, given in lower case, even if the rest of the head is invalid.
    private func values(inLinesNamed lowercaseName: String) -> [ArraySlice<UInt8>] {
        bytes.split(separator: 10).dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
                line[..<colon].map(\.lowercased).elementsEqual(lowercaseName.utf8)
            else { return nil }
            let value = line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
            return value.prefix(upTo: (value.lastIndex { $0 > 32 } ?? value.startIndex - 1) + 1)
        }
    }

    private mutating func trimValue(_ index: Int) {
        var field = fields[index]
        while field.valueCount > 0 {
            let last = bytes[Int(field.valueStart + field.valueCount - 1)]
            guard last == 32 || last == 9 else { break }
            field.valueCount -= 1
        }
        fields[index] = field
    }

    private func equals(_ field: Field, _ lowercaseValue: String) -> Bool {
        let value = valueBytes(field)
        guard value.count == lowercaseValue.utf8.count else { return false }
        return zip(value, lowercaseValue.utf8).allSatisfy { $0.lowercased == $1 }
    }

    /// Returns the number if the value is digits only and below 2⁶³.
    private static func decimal(_ value: ArraySlice<UInt8>) -> Int? {
        guard !value.isEmpty else { return nil }
        var number = 0
        for byte in value {
            guard byte.isDigit else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowOfSum) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            if overflow || overflowOfSum { return nil }
            number = sum
        }
        return number
    }
}
