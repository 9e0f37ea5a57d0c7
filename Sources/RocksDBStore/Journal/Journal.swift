import Glibc
import PlayerSessions
import Synchronization

/// The journal of a store: groups in the order in which they were decided, in a few files that are used in turn.
///
/// The writer's thread writes, syncs and marks; the flusher's lets go of what the runs hold. After an error nothing is
/// tried again in place: which of its blocks the disk has is not known then, and the next opening reads them.
// Unchecked: files change hands under `files`; all else is the writer's thread's.
final class Journal: @unchecked Sendable {
    /// A file with no group that is still needed, or with groups and the last of them.
    struct File: Equatable {
        var path: String
        /// The sequence of the last group in it; 0 for none.
        var lastSequence: UInt64 = 0
    }

    private struct Files {
        /// Those that are full, oldest first.
        var closed: [File] = []
        var free: [String] = []
        var nextNumber: UInt64
        /// How far the runs hold everything.
        var released: UInt64 = 0
    }

    /// A file that has this much is full; a group larger than that has a file to itself.
    static let usualSegmentBytes = 64 << 20
    /// So many files are kept for later; more are removed.
    private static let maximumFree = 4

    private let directory: String
    private let life: UInt64
    private let segmentBytes: Int
    private let files: Mutex<Files>
    private var segment: JournalSegment?
    private var written: UInt64
    private var synced: UInt64
    private var lastChecksum: UInt64
    private var hasMark = false
    private var marking = JournalGroup()

    /// Continues a journal after what was found in it.
    ///
    /// Makes that durable: a process that was killed may have left it in the page cache alone, and what is built on it must
    /// not outlast it.
    init(
        _ found: JournalContents,
        segmentBytes: Int = Journal.usualSegmentBytes
    ) throws(SessionStoreError) {
        directory = found.directory
        self.segmentBytes = segmentBytes
        life = found.life + 1
        written = found.lastSequence
        synced = found.lastSequence
        lastChecksum = found.lastChecksum
        var needed = found.files.filter { $0.lastSequence > found.committed }
        needed.sort { $0.lastSequence < $1.lastSequence }
        let free = found.files.filter { $0.lastSequence <= found.committed }.map(\.path)
        for file in needed { try Journal.sync(file.path) }
        if let last = needed.popLast() {
            segment = try JournalSegment(
                last.path,
                isNew: false,
                position: found.end,
                maximumBytes: segmentBytes
            )
        }
        files = Mutex(
            Files(closed: needed, free: free, nextNumber: found.nextNumber, released: found.committed)
        )
    }

    /// The sequence of the last group.
    var lastSequence: UInt64 { written }

    /// From now on groups follow this one, which the runs hold; to be called before the first is written.
    func resume(after sequence: UInt64) {
        written = sequence
        synced = sequence
        lastChecksum = 0
    }

    /// Writes a group; it is durable when `sync` has returned after that.
    func append(_ group: inout JournalGroup, sequence: UInt64) throws(SessionStoreError) {
        let record = JournalRecord(
            .group,
            sequence: sequence,
            syncedThrough: synced,
            previousChecksum: lastChecksum,
            life: life,
            payloadBytes: group.payloadBytes
        )
        let (bytes, checksum) = unsafe group.seal(record)
        let segment = try segmentWithRoom(for: record.bytes)
        unsafe try segment.write(bytes)
        written = sequence
        lastChecksum = checksum
        hasMark = false
    }

    /// Makes all groups durable that were written.
    func sync() throws(SessionStoreError) {
        try segment?.sync()
        synced = written
    }

    /// Notes that the last group was synced, as the next one would: for when none follows soon.
    ///
    /// The note is not synced. Where it reaches the disk, damage to the last group can be told from a group that was cut
    /// off by a power loss before it was acknowledged.
    func mark() throws(SessionStoreError) {
        guard !hasMark, synced == written, let segment else { return }
        marking.removeAll()
        let record = JournalRecord(
            .mark,
            sequence: written,
            syncedThrough: synced,
            previousChecksum: lastChecksum,
            life: life,
            payloadBytes: 0
        )
        let sealed = unsafe marking.seal(record)
        unsafe try segment.write(sealed.bytes, stays: false)
        hasMark = true
    }

    /// Lets go of all groups through this one, which the runs hold durably; from any thread.
    func release(through sequence: UInt64) {
        let superfluous = files.withLock { files in
            files.released = max(files.released, sequence)
            Journal.reuse(&files)
            defer { files.free = Array(files.free.prefix(Journal.maximumFree)) }
            return files.free.dropFirst(Journal.maximumFree)
        }
        // That it stays after a power loss does no harm: it holds nothing that is needed.
        for path in superfluous { _ = unsafe unlink(path) }
    }

    private static func reuse(_ files: inout Files) {
        while let oldest = files.closed.first, oldest.lastSequence <= files.released {
            files.free.append(oldest.path)
            files.closed.removeFirst()
        }
    }

    private func segmentWithRoom(for bytes: Int) throws(SessionStoreError) -> JournalSegment {
        if let segment, segment.position == 0 || segment.position + bytes <= segmentBytes {
            return segment
        }
        let (path, isNew) = files.withLock { files -> (String, Bool) in
            if let full = segment { files.closed.append(File(path: full.path, lastSequence: written)) }
            Journal.reuse(&files)
            if let free = files.free.popLast() { return (free, false) }
            defer { files.nextNumber += 1 }
            return ("\(directory)/\(files.nextNumber)\(JournalContents.ending)", true)
        }
        // The file before is synced as a whole: `sync` only makes the present one durable.
        try segment?.sync()
        let next = try JournalSegment(path, isNew: isNew, maximumBytes: segmentBytes)
        if isNew { try Journal.sync(directory) }
        segment = next
        return next
    }

    /// Makes a file, or the names in a directory, durable.
    private static func sync(_ path: String) throws(SessionStoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw JournalSegment.failure("open \(path)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw JournalSegment.failure("sync \(path)") }
    }

    /// Marks and syncs the end: for a store that closes.
    func close() throws(SessionStoreError) {
        try mark()
        try segment?.sync()
    }
}
