internal import CRocksDB

/// Tells compactions which entries to leave out.
@safe public final class CompactionFilter: @unchecked Sendable {  // The handle is set once and only read.
    /// Whether an entry, given by key and value, can go.
    public typealias Drops = @Sendable (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool

    private let box: Box
    let handle: OpaquePointer

    @safe private final class Box: Sendable {
        let name: StaticString
        let drops: Drops

        init(_ name: StaticString, _ drops: @escaping Drops) {
            self.name = name
            unsafe self.drops = drops
        }
    }

    /// Makes a filter; it must outlive the databases that it is given to, which keep it.
    public init(name: StaticString, drops: @escaping Drops) {
        let box = unsafe Box(name, drops)
        self.box = box
        let created = unsafe rocksdb_compactionfilter_create(
            Unmanaged.passUnretained(box).toOpaque(),
            { _ in },
            { state, _, key, keyLength, value, valueLength, _, _, _ in
                guard let state = unsafe state else { return 0 }
                let box = unsafe Unmanaged<Box>.fromOpaque(state).takeUnretainedValue()
                let drops = unsafe box.drops(
                    UnsafeRawBufferPointer(start: key, count: keyLength),
                    UnsafeRawBufferPointer(start: value, count: valueLength)
                )
                return drops ? 1 : 0
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
