import Glibc
import PlayerSessions

/// What the files of a journal hold: the groups that the runs do not, up to the journal's end.
///
/// The end is the first group that is missing or not as it was written. A power loss leaves such an end where it cuts
/// off unacknowledged writes; their pages may reach the disk in any order, so parts of that group, and groups after it,
/// may be there. If any record says that the group was synced, it was acknowledged and has been damaged since, which is
/// an error.
struct JournalContents {
    /// The location of a group.
    struct Place: Equatable {
        var file: Int
        var offset: Int
        var record: JournalRecord
    }

    static let ending = ".journal"

    let directory: String
    /// The sequence up to which the runs hold everything.
    let committed: UInt64
    /// All files, each with the last of the `groups` in it.
    private(set) var files: [JournalFiles.File] = []
    /// The groups after `committed`, in order.
    private(set) var groups: [Place] = []
    /// The number of the next file.
    private(set) var nextNumber: UInt64 = 1
    /// The checksum of the group `committed`, if that is still here.
    private var committedChecksum: UInt64?
    /// The latest life of the store found in a record.
    private(set) var life: UInt64 = 0

    /// Scans the files of a directory; reads each of them once, and holds one at a time in memory.
    init(directory: String, committed: UInt64) throws(SessionStoreError) {
        self.directory = directory
        self.committed = committed
        var found: [Place] = []
        for number in try JournalContents.numbers(in: directory) {
            nextNumber = number + 1
            files.append(JournalFiles.File(path: "\(directory)/\(number)\(JournalContents.ending)"))
            found += try JournalContents.records(of: files.count - 1, files[files.count - 1].path)
        }
        life = found.map(\.record.life).max() ?? 0
        try findGroups(among: found)
        for place in groups { files[place.file].lastSequence = place.record.sequence }
    }

    /// The sequence of the last group.
    var lastSequence: UInt64 { groups.last?.record.sequence ?? committed }
    /// The checksum of the last group; 0 if that is in the runs and no longer here.
    var lastChecksum: UInt64 { groups.last?.record.checksum ?? committedChecksum ?? 0 }
    /// The offset of the next record in the file with the last group.
    var end: Int { groups.last.map { $0.offset + $0.record.bytes } ?? 0 }

    /// Calls `body` with every group in order.
    func replay(
        _ body: (UInt64, UnsafeRawBufferPointer) throws(SessionStoreError) -> Void
    ) throws(SessionStoreError) {
        var file: (number: Int, reading: JournalFileReader)?
        for place in groups {
            if file?.number != place.file {
                file = (place.file, try JournalFileReader(files[place.file].path))
            }
            guard let reading = file?.reading,
                let bytes = unsafe try reading.bytes(at: place.offset, count: place.record.bytes),
                unsafe JournalRecord(bytes) == place.record
            else { throw damage("group \(place.record.sequence) cannot be read twice") }
            let payload = unsafe UnsafeRawBufferPointer(
                rebasing: bytes[JournalRecord.headerBytes...].prefix(place.record.payloadBytes)
            )
            try unsafe body(place.record.sequence, payload)
        }
    }

    /// Follows the groups from the committed one on; throws unless they end where they may.
    private mutating func findGroups(among found: [Place]) throws(SessionStoreError) {
        let last = found.filter { $0.record.kind == .group && $0.record.sequence == committed }
        committedChecksum = last.max { $0.record.life < $1.record.life }?.record.checksum
        var candidates: [UInt64: [Place]] = [:]
        for place in found where place.record.kind == .group && place.record.sequence > committed {
            candidates[place.record.sequence, default: []].append(place)
        }
        var expected = committed + 1
        // Remains of a group cut off in an earlier life may lie beside the group that took its number.
        while let next = candidates[expected]?.filter(follows).max(by: { $0.record.life < $1.record.life }) {
            groups.append(next)
            expected += 1
        }
        let witness = found.filter { $0.record.syncedThrough >= expected }.max {
            $0.record.syncedThrough < $1.record.syncedThrough
        }
        if let witness {
            throw damage(
                "group \(expected) is missing or damaged, and \(files[witness.file].path) says that all through "
                    + "\(witness.record.syncedThrough) were synced"
            )
        }
    }

    /// Returns whether a group was written after the last one found.
    private func follows(_ place: Place) -> Bool {
        guard let last = groups.last?.record.checksum ?? committedChecksum else { return true }
        return place.record.previousChecksum == last
    }

    private func damage(_ reason: String) -> SessionStoreError {
        SessionStoreError(
            .unusable,
            operation: "read the journal",
            reason: reason,
            hint: SessionStoreError.restoreHint
        )
    }

    /// Returns the numbers of the journal's files in ascending order.
    private static func numbers(in directory: String) throws(SessionStoreError) -> [UInt64] {
        guard let listing = unsafe opendir(directory) else {
            throw JournalSegment.failure("read the directory \(directory)")
        }
        defer { unsafe closedir(listing) }
        var numbers: [UInt64] = []
        // A file that is missing from a listing cut short by an error would be taken for the journal's end.
        while true {
            errno = 0
            guard let entry = unsafe readdir(listing) else { break }
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: unsafe bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(ending), let number = UInt64(name.dropLast(ending.count)) else { continue }
            numbers.append(number)
        }
        guard errno == 0 else { throw JournalSegment.failure("read the directory \(directory)") }
        return numbers.sorted()
    }

    /// Returns all whole records of a file, of any life and round.
    private static func records(of file: Int, _ path: String) throws(SessionStoreError) -> [Place] {
        let reading = try JournalFileReader(path)
        guard let bytes = unsafe try reading.bytes(at: 0, count: reading.size) else { return [] }
        var places: [Place] = []
        var offset = 0
        while offset < bytes.count {
            if let record = unsafe JournalRecord(UnsafeRawBufferPointer(rebasing: bytes[offset...])) {
                places.append(Place(file: file, offset: offset, record: record))
                offset += record.bytes
            } else {
                offset += JournalRecord.blockBytes
            }
        }
        return places
    }
}

/// Reads a file of the journal into a buffer that it owns.
@safe final class JournalFileReader {
    /// The size of the file in bytes.
    let size: Int
    private let path: String
    private let descriptor: Int32
    private var memory: UnsafeMutableRawBufferPointer

    init(_ path: String) throws(SessionStoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw JournalSegment.failure("open \(path)") }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let failure = JournalSegment.failure("read the size of \(path)")
            Glibc.close(descriptor)
            throw failure
        }
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
        unsafe memory = .allocate(byteCount: 0, alignment: 8)
    }

    deinit {
        unsafe memory.deallocate()
        Glibc.close(descriptor)
    }

    /// Returns the bytes there, valid until the next call; `nil` if the file ends before.
    ///
    /// Throws on a read error, which is not the end of the journal.
    func bytes(at offset: Int, count: Int) throws(SessionStoreError) -> UnsafeRawBufferPointer? {
        guard offset + count <= size else { return nil }
        if unsafe memory.count < count {
            unsafe memory.deallocate()
            unsafe memory = .allocate(byteCount: count, alignment: 8)
        }
        var done = 0
        while done < count {
            let place = unsafe memory.baseAddress.map { unsafe $0 + done }
            let got = unsafe pread(descriptor, place, count - done, off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw JournalSegment.failure("read \(path)") }
            if got == 0 { return nil }
            done += got
        }
        return unsafe UnsafeRawBufferPointer(rebasing: memory[..<count])
    }
}
