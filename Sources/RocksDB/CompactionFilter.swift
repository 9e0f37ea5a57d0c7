internal import CRocksDB
import Glibc

/// Tells compactions which entries to drop or to shorten.
@safe public final class CompactionFilter: @unchecked Sendable {  // The handle is set once and only read.
    /// What a compaction does with an entry.
    public enum Decision: Equatable, Sendable {
        /// The entry stays as it is.
        case keep
        /// The entry is removed.
        case drop
        /// The entry gets this value.
        case replace([UInt8])
    }

    /// Decides about an entry by its key and value; called on RocksDB's threads, possibly several at once.
    public typealias Decide = @Sendable (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Decision

    private let box: Box
    let handle: OpaquePointer

    @safe private final class Box: Sendable {
        let name: StaticString
        let decide: Decide

        init(_ name: StaticString, _ decide: @escaping Decide) {
            self.name = name
            unsafe self.decide = decide
        }
    }

    /// Makes a filter, which must outlive the databases that use it; a `Database` retains its filters.
    public init(name: StaticString, decide: @escaping Decide) {
        let box = unsafe Box(name, decide)
        self.box = box
        let created = unsafe rocksdb_compactionfilter_create(
            Unmanaged.passUnretained(box).toOpaque(),
            { _ in },
            { state, _, key, keyLength, value, valueLength, newValue, newLength, isChanged in
                guard let state = unsafe state else { return 0 }
                let box = unsafe Unmanaged<Box>.fromOpaque(state).takeUnretainedValue()
                let decision = unsafe box.decide(
                    UnsafeRawBufferPointer(start: key, count: keyLength),
                    UnsafeRawBufferPointer(start: value, count: valueLength)
                )
                switch decision {
                case .keep: return 0
                case .drop: return 1
                case .replace(let bytes):
                    guard let newValue = unsafe newValue, let newLength = unsafe newLength,
                        let isChanged = unsafe isChanged
                    else { return 0 }
                    unsafe newValue.pointee = ReplacementBuffer.keep(bytes)
                    unsafe newLength.pointee = bytes.count
                    unsafe isChanged.pointee = 1
                    return 0
                }
            },
            { state in
                guard let state = unsafe state else { return nil }
                let name = unsafe Unmanaged<Box>.fromOpaque(state).takeUnretainedValue().name
                return unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
            }
        )
        guard let created = unsafe created else {
            preconditionFailure("rocksdb_compactionfilter_create returned no filter")
        }
        unsafe handle = created
    }

    deinit { unsafe rocksdb_compactionfilter_destroy(handle) }
}

/// Holds a replacement value until RocksDB has copied it, which it does before the thread's next call.
private enum ReplacementBuffer {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = unsafe pthread_key_create(&key) { unsafe free($0) }
        precondition(status == 0, "no thread-specific storage: error \(status)")
        return key
    }()

    /// Copies bytes to memory that is valid until this thread's next call.
    static func keep(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        unsafe free(pthread_getspecific(key))
        guard let memory = unsafe malloc(max(1, bytes.count)) else { preconditionFailure("out of memory") }
        unsafe pthread_setspecific(key, memory)
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe memcpy(memory, start, bytes.count)
        }
        return unsafe memory.assumingMemoryBound(to: CChar.self)
    }
}
