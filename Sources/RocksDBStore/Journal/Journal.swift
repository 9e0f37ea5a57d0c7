import Glibc
import PlayerSessions
import Synchronization

/// The journal (write-ahead log) of a store: groups in the order of their decision, in a few files used in turn.
///
/// The committer's thread writes, syncs and marks; the flusher's releases what the runs hold. After an error nothing is
/// retried in place: it is unknown which blocks the disk has, and the next opening reads them.
// Unchecked: only the committer's thread uses anything but `files`.
final class Journal: @unchecked Sendable {
    /// A file of this many bytes is full; a larger group has a file to itself.
    static let usualSegmentBytes = 64 << 20

    /// Its files, and the work of the thread that makes new ones.
    let files: JournalFiles
    private let directory: String
    private let life: UInt64
    private let segmentBytes: Int
    private var segment: JournalSegment?
    private var written: UInt64
    private var synced: UInt64
    private var lastChecksum: UInt64
    private var hasMark = false
    private var hasAskedForNext = false
    private var marking = JournalGroup()

    /// Continues a journal after the contents found in it.
    ///
    /// Makes those durable: a killed process may have left them only in the page cache, and what is built on them must
    /// not outlast them.
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
        for file in needed { try JournalFiles.sync(file.path) }
        if let last = needed.popLast() {
            segment = try JournalSegment(
                last.path,
                isNew: false,
                position: found.end,
                maximumBytes: segmentBytes
            )
        }
        files = JournalFiles(
            directory: directory,
            segmentBytes: segmentBytes,
            closed: needed,
            free: free,
            nextNumber: found.nextNumber,
            released: found.committed
        )
    }

    /// The sequence of the last group written.
    var lastSequence: UInt64 { written }

    /// Continues after this sequence, up to which the runs hold everything; call it before the first `append`.
    func resume(after sequence: UInt64) {
        written = sequence
        synced = sequence
        lastChecksum = 0
    }

    /// Writes a group; it is durable once a later `sync` has returned.
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

    /// Marks the last group as synced, as the next group would: for when none follows soon.
    ///
    /// The mark is not synced. If it reaches the disk, damage to the last group can be told from a group that a power
    /// loss cut off before it was acknowledged.
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

    private func segmentWithRoom(for bytes: Int) throws(SessionStoreError) -> JournalSegment {
        if let segment, segment.position == 0 || segment.position + bytes <= segmentBytes {
            if !hasAskedForNext, 2 * segment.position > segmentBytes {
                hasAskedForNext = true
                files.prepareNext()
            }
            return segment
        }
        let full = segment.map { JournalFiles.File(path: $0.path, lastSequence: written) }
        let (path, isNew) = files.next(after: full)
        // The full file is synced here, as `sync` covers only the current one.
        try segment?.sync()
        let next = try JournalSegment(path, isNew: isNew, maximumBytes: segmentBytes)
        if isNew { try JournalFiles.sync(directory) }
        segment = next
        hasAskedForNext = false
        return next
    }

    /// Marks and syncs the end, for a store that closes.
    func close() throws(SessionStoreError) {
        try mark()
        try segment?.sync()
    }
}
