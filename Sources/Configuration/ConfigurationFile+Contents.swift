import Glibc

extension ConfigurationFile {
    /// Reads a file, or a pipe such as `/dev/stdin`; throws if it is larger than `maximumBytes`.
    static func contents(path: String) throws(FileFault) -> [UInt8] {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw FileFault("the path of the file is empty or has a NUL")
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(errno) }
        defer { close(descriptor) }

        var bytes: [UInt8] = []
        let piece = 65_536
        while bytes.count <= maximumBytes {
            var code: Int32 = 0
            let more = unsafe [UInt8](unsafeUninitializedCapacity: piece) { buffer, count in
                let result = unsafe Glibc.read(descriptor, buffer.baseAddress, piece)
                code = result < 0 ? errno : 0
                count = max(result, 0)
            }
            if code == EINTR { continue }
            guard code == 0 else { throw unreadable(code) }
            if more.isEmpty { return bytes }
            bytes += more
        }
        throw FileFault("is larger than \(maximumBytes) bytes")
    }

    private static func unreadable(_ code: Int32) -> FileFault {
        switch code {
        case ENOENT: FileFault("does not exist")
        case EISDIR: FileFault("is a directory, not a file")
        default: unsafe FileFault("cannot be read: \(String(cString: strerror(code)))")
        }
    }
}
