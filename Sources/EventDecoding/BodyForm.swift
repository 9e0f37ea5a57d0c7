/// What a body or a file holds instead of event lines, judged by its first bytes.
///
/// For error paths only: recognize a body after it was refused, or a file whose first lines are all invalid, and show
/// `description(in:)` instead of an error for each line. A service passes the body that it decoded, an importer the
/// head of the file, both as it is on disk and as it was unpacked:
///
///     if let form = BodyForm(recognizing: head) { throw Failure("\(path) \(form.description(in: .file))") }
public enum BodyForm: Sendable, Hashable {
    /// Compressed data or an archive.
    case packed(Packing)
    /// Text in UTF-16 or UTF-32.
    case wideText(WideText)
    /// A body of `multipart/form-data`, as `curl -F` sends it.
    case multipart
    /// Percent-encoded text or `name=value`, as `curl --data-urlencode` and web forms send it.
    case formData
    /// A JSON array of objects, on one or more lines.
    case array
    /// Objects that each span several lines, as pretty-printers write them.
    case multilineObjects
    /// Several objects on the first line, as `curl -d @FILE` sends lines.
    case joinedObjects
    /// One object without any event field but with an array of objects in the named member.
    case wrappedArray(member: String)
    /// JSON whose quotes a shell removed.
    case unquoted
    /// HTML or XML.
    case markup

    /// A kind of compressed data or archive.
    public enum Packing: String, Sendable, CaseIterable {
        case gzip, zstd, bzip2, xz, lz4, zlib, zip, tar
        case sevenZip = "7z"
    }

    /// An encoding of text that is not UTF-8.
    public enum WideText: String, Sendable, CaseIterable {
        /// UTF-16 with a byte order mark.
        case utf16 = "UTF-16"
        case utf16LittleEndian = "UTF-16LE"
        case utf16BigEndian = "UTF-16BE"
        /// UTF-32 with a byte order mark.
        case utf32 = "UTF-32"
        case utf32LittleEndian = "UTF-32LE"
        case utf32BigEndian = "UTF-32BE"
    }

    /// The number of bytes inspected; a caller need not have more at hand.
    public static let inspectedBytes = 65_536

    /// Recognizes a body or its beginning; `nil` if it looks like event lines, valid or not.
    ///
    /// A UTF-8 byte order mark at the start is skipped. Reads at most `inspectedBytes`, once or twice.
    ///
    /// - Parameters:
    ///   - bytes: the body, or its beginning.
    ///   - besideEvents: whether some of its lines are events. Then only JSON that its first line leaves open is
    ///     recognized: in an array with one object per line, the last object is a valid line.
    public init?(recognizing bytes: Span<UInt8>, besideEvents: Bool = false) {
        let head = bytes.extracting(first: BodyForm.inspectedBytes)
        if besideEvents, !head.leavesFirstLineOpen { return nil }
        if let packing = Packing(head) {
            self = .packed(packing)
        } else if let wideText = WideText(head) {
            self = .wideText(wideText)
        } else if let form = BodyForm(text: head.extracting(droppingFirst: head.isMarked ? 3 : 0)) {
            self = form
        } else {
            return nil
        }
    }

    /// Recognizes a body or its beginning, as `init(recognizing:)` does for a span.
    public init?(recognizing bytes: UnsafeRawBufferPointer) {
        unsafe self.init(recognizing: bytes.bindMemory(to: UInt8.self).span)
    }

    private init?(text: Span<UInt8>) {
        guard let start = text.firstNonBlank(from: 0) else { return nil }
        let text = text.extracting(droppingFirst: start)
        // A shell leaves the brace and what follows on one line.
        let second = text.firstNonBlank(from: 1) ?? 0
        if second < text.lineEnd, QueryDecoder.looksUnquoted(text) {
            self = .unquoted
            return
        }
        switch text[0] {
        case UInt8(ascii: "["):
            guard let first = text.firstNonBlank(from: 1), text[first] == UInt8(ascii: "{") else {
                return nil
            }
            self = .array
        case UInt8(ascii: "{"):
            guard let form = BodyForm.ofObject(text) else { return nil }
            self = form
        case UInt8(ascii: "<"): self = .markup
        case UInt8(ascii: "-") where text.isMultipart: self = .multipart
        default:
            guard text.isFormData else { return nil }
            self = .formData
        }
    }

    /// Returns the form of a text that begins with a brace.
    private static func ofObject(_ text: Span<UInt8>) -> BodyForm? {
        let line = text.extracting(first: text.lineEnd)
        var hasField = false
        var wrapped: String?
        do throws(JSONFault) {
            let end = try JSONScanner.readLeadingObject(text) { name, value in
                if JSONString.field(name, of: text) != nil { hasField = true }
                if wrapped == nil, value.kind == .array, isArrayOfObjects(text.extracting(value.text.range)) {
                    wrapped = JSONString.string(name, of: text)
                }
            }
            if end > line.count { return .multilineObjects }
            if let next = line.firstNonBlank(from: end) {
                return line[next] == UInt8(ascii: "{") ? .joinedObjects : nil
            }
            guard !hasField, let wrapped, isPlainName(wrapped) else { return nil }
            return .wrappedArray(member: wrapped)
        } catch {
            // Cut off, or pretty-printed and invalid: judge by the first line.
            let isOpen = line.lastNonBlank.map { Array("{[,".utf8).contains($0) } ?? false
            return isOpen && line.count < text.count ? .multilineObjects : nil
        }
    }

    private static func isArrayOfObjects(_ array: Span<UInt8>) -> Bool {
        array.firstNonBlank(from: 1).map { array[$0] == UInt8(ascii: "{") } ?? false
    }

    /// Returns whether jq accepts a name after a dot and a message can show it as it is.
    private static func isPlainName(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count) && name.utf8.first?.isDigit == false
            && name.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
    }
}

extension BodyForm.Packing {
    /// Recognizes the first bytes of a packed file.
    fileprivate init?(_ head: Span<UInt8>) {
        let magics: [(BodyForm.Packing, [UInt8])] = [
            (.gzip, [0x1F, 0x8B]), (.zstd, [0x28, 0xB5, 0x2F, 0xFD]),
            (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
            (.lz4, [0x04, 0x22, 0x4D, 0x18]), (.zip, [0x50, 0x4B, 0x03, 0x04]),
            (.zip, [0x50, 0x4B, 0x05, 0x06]),
            (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), (.bzip2, Array("BZh".utf8)),
            (.zlib, [0x78, 0x01]), (.zlib, [0x78, 0x5E]), (.zlib, [0x78, 0x9C]), (.zlib, [0x78, 0xDA]),
        ]
        if let (packing, _) = magics.first(where: { head.holds($0.1, at: 0) }) {
            self = packing
        } else if head.holds([0x2A, 0x4D, 0x18], at: 1), head[0] & 0xF0 == 0x50 {
            // A skippable frame.
            self = .zstd
        } else if head.holds(Array("ustar".utf8), at: 257) {
            self = .tar
        } else {
            return nil
        }
    }
}

extension BodyForm.WideText {
    /// Recognizes a byte order mark, or a bracket or brace with zeros beside it.
    fileprivate init?(_ head: Span<UInt8>) {
        let marks: [(BodyForm.WideText, [UInt8])] = [
            (.utf32, [0xFF, 0xFE, 0, 0]), (.utf32, [0, 0, 0xFE, 0xFF]), (.utf16, [0xFF, 0xFE]),
            (.utf16, [0xFE, 0xFF]),
        ]
        var openings: [(BodyForm.WideText, [UInt8])] = []
        for byte in "{[".utf8 {
            openings += [
                (.utf32LittleEndian, [byte, 0, 0, 0]), (.utf32BigEndian, [0, 0, 0, byte]),
                (.utf16LittleEndian, [byte, 0]), (.utf16BigEndian, [0, byte]),
            ]
        }
        guard let found = (marks + openings).first(where: { head.holds($0.1, at: 0) }) else { return nil }
        self = found.0
    }
}

extension Span<UInt8> {
    /// Whether the text begins with a UTF-8 byte order mark.
    fileprivate var isMarked: Bool { holds([0xEF, 0xBB, 0xBF], at: 0) }

    /// Whether the first nonblank line begins an object or an array and ends before it does.
    fileprivate var leavesFirstLineOpen: Bool {
        let text = extracting(droppingFirst: isMarked ? 3 : 0)
        guard let start = text.firstNonBlank(from: 0) else { return false }
        let rest = text.extracting(droppingFirst: start)
        guard rest[0] == UInt8(ascii: "{") || rest[0] == UInt8(ascii: "[") else { return false }
        do throws(JSONFault) {
            try JSONScanner.readObject(rest.extracting(first: rest.lineEnd)) { _, _ in }
            return false
        } catch {
            return error.reason == .endsEarly
        }
    }

    /// The index at which the first line ends, before its line feed.
    fileprivate var lineEnd: Int {
        var index = 0
        while index < count, self[index] != 0x0A { index += 1 }
        return index
    }

    fileprivate var lastNonBlank: UInt8? {
        var index = count - 1
        while index >= 0, self[index].isBlank { index -= 1 }
        return index >= 0 ? self[index] : nil
    }

    /// Whether the text begins with a boundary line and the header of a part.
    fileprivate var isMultipart: Bool {
        guard holds(Array("--".utf8), at: 0), lineEnd < count else { return false }
        let word = Array("content-".utf8)
        let rest = extracting(droppingFirst: lineEnd + 1)
        guard rest.count >= word.count else { return false }
        return word.indices.allSatisfy { rest[$0] | 0x20 == word[$0] }
    }

    /// Whether the first line is percent-encoded JSON, or begins with a name and `=`.
    fileprivate var isFormData: Bool {
        // {, [ and ", with which JSON begins.
        if ["%7B", "%7b", "%5B", "%5b", "%22"].contains(where: { holds(Array($0.utf8), at: 0) }) {
            return true
        }
        let punctuation = Array("_-.%+[]".utf8)
        var index = 0
        while index < Swift.min(count, 64), self[index].isLetterOrDigit || punctuation.contains(self[index]) {
            index += 1
        }
        return index > 0 && index < count && self[index] == UInt8(ascii: "=")
    }

    fileprivate func holds(_ bytes: [UInt8], at offset: Int) -> Bool {
        guard count >= offset + bytes.count else { return false }
        return bytes.indices.allSatisfy { self[offset + $0] == bytes[$0] }
    }

    /// Returns the index of the first byte from `index` on that is not white space.
    func firstNonBlank(from index: Int) -> Int? {
        var index = index
        while index < count, self[index].isBlank { index += 1 }
        return index < count ? index : nil
    }
}

extension UInt8 {
    /// Whether this is white space in JSON.
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
    /// Whether this is an ASCII letter or digit.
    fileprivate var isLetterOrDigit: Bool { isDigit || (0x61...0x7A).contains(self | 0x20) }
}
