import Compression
import Glibc

/// A file to import, checked before any work.
struct ImportFile {
    /// The name as given; `-` is standard input.
    let path: String
    /// Bytes on disk; `nil` if it is not a regular file.
    let size: Int?
    /// The device and inode, by which two names of one file are recognized.
    let identity: [UInt64]

    var isStandardInput: Bool { path == "-" }

    /// How many bytes `format` looks at.
    static let signatureLength = 4

    /// Checks a file.
    ///
    /// - Throws: `Failure` if it is missing, a directory, or may not be read. Its content is checked when it is read.
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
        if path != "-" {
            do throws(SystemError) { close(try open()) } catch { throw Failure("\(path): \(error)") }
        }
    }

    /// Checks all files, so that nothing is sent if one of them is missing.
    ///
    /// - Throws: `Failure` that names the files that cannot be opened.
    static func all(_ paths: [String]) throws(Failure) -> [ImportFile] {
        var files: [ImportFile] = []
        var faults: [String] = []
        for path in paths {
            do throws(Failure) { files.append(try ImportFile(path)) } catch {
                faults.append(error.description)
            }
        }
        guard !faults.isEmpty else { return files }
        let others = faults.count - maximumShownFaults
        throw Failure(
            faults.prefix(maximumShownFaults).joined(separator: "; ")
                + (others > 0 ? "; and \(others) more" : "") + "; nothing was sent"
        )
    }

    /// How many files that cannot be opened are named.
    private static let maximumShownFaults = 10

    func open() throws(SystemError) -> Int32 {
        if isStandardInput { return STDIN_FILENO }
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        return descriptor
    }

    /// Returns the format that a name suggests; the content decides.
    static func format(named path: String) -> CompressionFormat? {
        let name = path.lowercased()
        return switch true {
        case name.hasSuffix(".gz"): .gzip
        case name.hasSuffix(".bz2"): .bzip2
        case name.hasSuffix(".zst"): .zstd
        default: nil
        }
    }

    /// Returns the format that the first bytes indicate; no line of events begins with them.
    static func format(of bytes: some Collection<UInt8>) -> CompressionFormat? {
        let bytes = Array(bytes.prefix(signatureLength))
        if bytes.starts(with: [0x1F, 0x8B]) { return .gzip }
        if bytes.starts(with: Array("BZh".utf8)) { return .bzip2 }
        guard bytes.count == 4 else { return nil }
        let isFrame = bytes == [0x28, 0xB5, 0x2F, 0xFD]
        let isSkippableFrame = bytes[0] & 0xF0 == 0x50 && bytes[1...] == [0x2A, 0x4D, 0x18]
        return isFrame || isSkippableFrame ? .zstd : nil
    }

    /// Returns whether a file named as compressed, but not compressed, may hold plain lines: clients that decompress
    /// what they fetch keep the name.
    static func mayBeLines(_ head: some Collection<UInt8>) -> Bool {
        switch head.first {
        case nil, UInt8(ascii: "{"), UInt8(ascii: "["), 0xEF, 0x09, 0x0A, 0x0D, 0x20: true
        default: false
        }
    }
}
