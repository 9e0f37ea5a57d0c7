import Compression
import Glibc

/// The decompressed bytes of a file; other work goes on while a pipe has no data.
@safe final class ByteSource {
    private let file: ImportFile
    private let descriptor: Int32
    private let whileWaiting: () throws(Failure) -> Void
    private let buffer: UnsafeMutableRawBufferPointer
    /// The part of the buffer that was not handed on yet.
    private var pending = 0..<0
    private var isAtEnd = false
    private var decompressor: StreamDecompressor?
    /// Whether the file is compressed; `read` returns what it decompresses to.
    var isPacked: Bool { decompressor != nil }
    /// The number of bytes read of the file as stored on disk.
    private(set) var bytesRead = 0

    private static let bufferBytes = 1 << 18
    private static let waitMilliseconds: Int32 = 50

    /// Opens a file; `whileWaiting` is called now and then while a pipe has no data.
    init(_ file: ImportFile, whileWaiting: @escaping () throws(Failure) -> Void) throws(ReadFault) {
        self.file = file
        self.whileWaiting = whileWaiting
        do throws(SystemError) { descriptor = try file.open() } catch {
            throw .file("cannot be opened: \(error)")
        }
        unsafe buffer = .allocate(byteCount: ByteSource.bufferBytes, alignment: 16)
        while pending.count < ImportFile.signatureLength, try refill() {}
        let head = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[pending])
        if let format = unsafe ImportFile.format(of: head) {
            decompressor = StreamDecompressor(format, skipsPadding: true)
        } else if let named = ImportFile.format(named: file.path), unsafe !ImportFile.mayBeLines(head) {
            throw .file("holds no \(named) data, although its name says so")
        }
    }

    deinit {
        unsafe buffer.deallocate()
        if !file.isStandardInput { close(descriptor) }
    }

    /// Puts the next bytes into `output` and returns their number; 0 at the end, or if the user stops the import.
    ///
    /// - Throws: What is wrong with the file, after everything before the fault was returned.
    func read(into output: UnsafeMutableRawBufferPointer) throws(ReadFault) -> Int {
        while !Interruption.isRequested {
            let produced = unsafe try decompressor == nil ? copy(into: output) : unpack(into: output)
            if produced > 0 { return produced }
            if isAtEnd, pending.isEmpty {
                do throws(DecompressionError) { try decompressor?.finish() } catch { throw fault(error) }
                return 0
            }
            if pending.isEmpty { _ = try refill() }
        }
        return 0
    }

    private func copy(into output: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(output.count, pending.count)
        unsafe output.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[pending.prefix(count)])
        )
        pending = pending.lowerBound + count..<pending.upperBound
        return count
    }

    private func unpack(into output: UnsafeMutableRawBufferPointer) throws(ReadFault) -> Int {
        let input = unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[pending])
        do throws(DecompressionError) {
            let step = unsafe try decompressor?.decompress(from: input, into: output)
            pending = pending.lowerBound + (step?.consumed ?? 0)..<pending.upperBound
            return step?.produced ?? 0
        } catch {
            throw fault(error)
        }
    }

    private func fault(_ error: DecompressionError) -> ReadFault {
        guard case .windowTooLarge(let limit) = error else { return .file(error.description) }
        // `zstd --long=31` writes such files, and `zstd -d` without it refuses them, too.
        let window = "needs a window of more than \(limit >> 20) MiB"
        return .file("\(window): zstd -dc --long=31 FILE | player-sessions import -")
    }

    /// Reads more bytes after the pending ones; returns whether there were any.
    private func refill() throws(ReadFault) -> Bool {
        if pending.isEmpty { pending = 0..<0 }
        while !Interruption.isRequested {
            if file.size == nil, !isReadable() {
                do throws(Failure) { try whileWaiting() } catch { throw .fatal(error) }
                continue
            }
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[pending.upperBound...])
            let count = unsafe Glibc.read(descriptor, room.baseAddress, room.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw .file("cannot be read: \(SystemError.last)")
            }
            bytesRead += count
            isAtEnd = count == 0
            pending = pending.lowerBound..<pending.upperBound + count
            return count > 0
        }
        return false
    }

    private func isReadable() -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, ByteSource.waitMilliseconds) > 0
    }
}
