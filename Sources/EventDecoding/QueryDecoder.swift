/// Strictly reads the bodies of queries, each one small JSON object.
public struct QueryDecoder: ~Copyable {
    /// The most members of a body: several times what any query knows.
    public static let maximumMembers = 32

    /// Makes a decoder.
    public init() {}

    /// Returns a body's members, in order, including duplicates; skips a byte order mark at its start.
    ///
    /// - Throws: `QueryBodyError`.
    public mutating func decode(_ body: UnsafeRawBufferPointer) throws(QueryBodyError) -> [QueryMember] {
        let text = unsafe withoutByteOrderMark(body).bindMemory(to: UInt8.self).span
        var members: [QueryMember] = []
        var count = 0
        do throws(JSONFault) {
            try JSONScanner.readObject(text) { name, value in
                count += 1
                guard count <= QueryDecoder.maximumMembers else { return }
                members.append(QueryDecoder.member(name, value, of: text))
            }
        } catch {
            if case .notAnObject = error.reason { throw .notAnObject }
            let isEmpty = QueryDecoder.nextByte(text, from: 0) == nil
            throw .notJSON(
                reason: isEmpty ? "is empty" : error.description,
                looksUnquoted: QueryDecoder.looksUnquoted(text)
            )
        }
        guard count <= QueryDecoder.maximumMembers else { throw .tooManyMembers }
        return members
    }

    private static func member(
        _ name: JSONScanner.Text,
        _ value: JSONScanner.Value,
        of text: Span<UInt8>
    ) -> QueryMember {
        let read: QueryValue =
            switch value.kind {
            case .string: .string(resolve(value.text, of: text))
            case .number: .number(String(decoding: resolve(value.text, of: text), as: UTF8.self))
            default: .other(value.kind.description)
            }
        return QueryMember(name: String(decoding: resolve(name, of: text), as: UTF8.self), value: read)
    }

    private static func resolve(_ string: JSONScanner.Text, of text: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        JSONString.resolve(string, of: text, into: &bytes)
        return bytes
    }

    /// Returns whether a body that is not JSON looks like JSON mangled by a shell.
    ///
    /// This is `{num_of_hours:` if the shell removed the double quotes and split at a space, `{` alone, `'{…}'` if it
    /// does not know single quotes, or `{\"…` if it does not know the backslash.
    static func looksUnquoted(_ text: Span<UInt8>) -> Bool {
        guard let first = nextByte(text, from: 0) else { return false }
        if first.byte == UInt8(ascii: "'") { return true }
        guard first.byte == UInt8(ascii: "{") else { return false }
        guard let second = nextByte(text, from: first.index + 1) else { return true }
        switch second.byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "'"), UInt8(ascii: "\\"):
            return true
        default: return false
        }
    }

    /// Returns the first byte from `index` on that is not white space, and its index.
    private static func nextByte(_ text: Span<UInt8>, from index: Int) -> (index: Int, byte: UInt8)? {
        for index in index..<text.count where ![0x20, 0x09, 0x0A, 0x0D].contains(text[index]) {
            return (index, text[index])
        }
        return nil
    }
}
