extension BodyForm {
    /// Where the bytes came from, which decides the advice.
    public enum Place: Sendable, Hashable, CaseIterable {
        /// The body of a request, as it was sent.
        case request
        /// The body of a request after its `Content-Encoding` was undone.
        case unpackedRequest
        /// A file as it is on disk.
        case file
        /// A file that was unpacked.
        case unpackedFile

        fileprivate var isFile: Bool { self == .file || self == .unpackedFile }
    }

    /// Returns what the bytes are and what to do, in words that follow "The body" or the name of a file.
    public func description(in place: Place) -> String {
        "\(summary(in: place)): \(advice(in: place))"
    }

    /// Returns what the bytes are, in words that follow "The body" or the name of a file.
    public func summary(in place: Place) -> String {
        switch self {
        case .packed(let packing):
            switch place {
            case .request, .file: "is \(packing.noun)"
            case .unpackedRequest, .unpackedFile: "is \(packing.noun) once it is unpacked"
            }
        case .wideText(let encoding): "is text in \(encoding.rawValue), not in UTF-8"
        case .multipart: "is multipart/form-data, not JSON"
        case .formData: "is form data or percent-encoded, not JSON"
        case .array: "is a JSON array, not one object a line"
        case .multilineObjects: "is JSON that goes over several lines, not one object a line"
        case .joinedObjects: "has several objects on one line, not one a line"
        case .wrappedArray(let member): "is one object with an array in \"\(member)\", not one event a line"
        case .unquoted: "is not JSON and looks as if a shell had taken its quotes"
        case .markup: "is HTML or XML, not JSON"
        }
    }

    private func advice(in place: Place) -> String {
        switch self {
        case .packed(let packing): return packing.advice(in: place)
        case .wideText(let encoding):
            return place.pipe(through: "iconv -f \(encoding.rawValue) -t UTF-8")
        case .multipart: return "send the lines alone, as curl --data-binary @FILE does, not -F"
        case .formData: return "send the lines as they are, as curl --data-binary @FILE does"
        case .array: return place.pipe(through: "jq -c '.[]'")
        case .multilineObjects: return place.pipe(through: "jq -c .")
        case .joinedObjects where place.isFile: return place.pipe(through: "jq -c .")
        case .joinedObjects:
            return "curl -d @FILE takes the line ends out, curl --data-binary @FILE keeps them"
        case .wrappedArray(let member): return place.pipe(through: "jq -c '.\(member)[]'")
        case .unquoted: return #"put JSON between single quotes, as in -d '{"event": "start", …}'"#
        case .markup: return "one JSON object a line is wanted"
        }
    }
}

extension BodyForm.Place {
    /// Returns the command line that sends a file through a tool and the resulting lines to the service.
    fileprivate func pipe(through tool: String) -> String {
        switch self {
        case .request, .unpackedRequest: "\(tool) FILE | curl --data-binary @- …"
        case .file: "\(tool) FILE | player-sessions import -"
        case .unpackedFile: "unpack it, as in … | \(tool) | player-sessions import -"
        }
    }
}

extension BodyForm.Packing {
    fileprivate var noun: String {
        switch self {
        case .tar, .zip, .sevenZip: "a \(rawValue) archive"
        case .gzip, .zstd, .bzip2, .xz, .lz4, .zlib: "\(rawValue) data"
        }
    }

    fileprivate func advice(in place: BodyForm.Place) -> String {
        if place == .request, self == .gzip || self == .zstd {
            return "send Content-Encoding: \(rawValue) with it"
        }
        if place == .unpackedRequest { return "pack the lines once" }
        // GNU tar unpacks what it reads.
        return (self == .tar && place == .unpackedFile ? .file : place).pipe(through: unpackCommand)
    }

    /// The command that writes the contents of a file to standard output.
    private var unpackCommand: String {
        switch self {
        case .gzip: "gzip -dc"
        case .zstd: "zstd -dc"
        case .bzip2: "bzip2 -dc"
        case .xz: "xz -dc"
        case .lz4: "lz4 -dc"
        case .zlib: "pigz -dc <"
        case .zip: "unzip -p"
        case .sevenZip: "7z x -so"
        case .tar: "tar -xOf"
        }
    }
}
