import Compression
import Glibc

/// A file to import, looked at before any work.
struct ImportFile {
    /// As it was named; `-` is standard input.
    let path: String
    /// Bytes on disk; `nil` for what is no regular file.
    let size: Int?
    /// The device and inode of a regular file, by which two names of one file are known.
    let identity: [UInt64]

    var isStandardInput: Bool { path == "-" }

    /// How many bytes `format` looks at.
    static let signatureLength = 4

    /// Looks at a file.
    ///
    /// - Throws: `Failure` where it cannot be read, or holds other than its name says.
    init(_ path: String) throws(Failure) {
        self.path = path
        var status = stat()
        let isFound = unsafe path == "-" ? fstat(STDIN_FILENO, &status) : stat(path, &status)
        guard isFound == 0 else { throw Failure("\(path): \(SystemError.last)") }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Failure("\(path): is a directory, not a file") }
        identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
        guard status.st_mode & S_IFMT == S_IFREG else {
            size = nil
            return
        }
        size = Int(status.st_size)
        if path != "-" { try checkSignature() }
    }

    private func checkSignature() throws(Failure) {
        let descriptor = try open()
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: ImportFile.signatureLength)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Failure("\(path): \(SystemError.last)") }
        if let named = ImportFile.format(named: path), ImportFile.format(of: bytes.prefix(count)) != named {
            throw Failure("\(path): holds no \(named) data, although its name says so")
        }
    }

    /// Opens the file for reading.
    func open() throws(Failure) -> Int32 {
        if isStandardInput { return STDIN_FILENO }
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path): \(SystemError.last)") }
        return descriptor
    }

    /// The format that a name tells.
    static func format(named path: String) -> CompressionFormat? {
        let name = path.lowercased()
        return switch true {
        case name.hasSuffix(".gz"): .gzip
        case name.hasSuffix(".bz2"): .bzip2
        case name.hasSuffix(".zst"): .zstd
        default: nil
        }
    }

    /// The format that the first bytes tell; no line of events begins with them.
    static func format(of bytes: some Collection<UInt8>) -> CompressionFormat? {
        let bytes = Array(bytes.prefix(signatureLength))
        if bytes.starts(with: [0x1F, 0x8B]) { return .gzip }
        if bytes.starts(with: Array("BZh".utf8)) { return .bzip2 }
        guard bytes.count == 4 else { return nil }
        let isFrame = bytes == [0x28, 0xB5, 0x2F, 0xFD]
        let isSkippableFrame = bytes[0] & 0xF0 == 0x50 && bytes[1...] == [0x2A, 0x4D, 0x18]
        return isFrame || isSkippableFrame ? .zstd : nil
    }
}
