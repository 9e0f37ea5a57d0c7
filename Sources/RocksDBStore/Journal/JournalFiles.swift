import Glibc
import PlayerSessions

/// The files of a journal: those whose groups are needed, and those that are free.
///
/// A thread of its own makes the next file in advance, so that nobody waits for a new file's blocks. Used files become
/// free when the runs hold their groups.
final class JournalFiles: Sendable {
    /// A file, and the last group in it that may be needed.
    struct File: Equatable {
        var path: String
        /// The sequence of that group; 0 for none.
        var lastSequence: UInt64 = 0
    }

    private struct State {
        /// Full files, oldest first.
        var closed: [File] = []
        var free: [String] = []
        var nextNumber: UInt64
        /// The sequence up to which the runs hold everything.
        var released: UInt64 = 0
        var isNextWanted = false
        var isStopped = false

        mutating func makePath(in directory: String) -> String {
            defer { nextNumber += 1 }
            return "\(directory)/\(nextNumber)\(JournalContents.ending)"
        }

        mutating func reuse() {
            while let oldest = closed.first, oldest.lastSequence <= released {
                free.append(oldest.path)
                closed.removeFirst()
            }
        }
    }

    /// The most files kept for later, about what two full memtables of 1,000,000 sessions need; more are removed.
    private static let maximumFree = 8

    private let directory: String
    private let segmentBytes: Int
    private let monitor: Monitor<State>

    /// Continues with the files found; the groups of `closed` ones are needed.
    init(
        directory: String,
        segmentBytes: Int,
        closed: [File],
        free: [String],
        nextNumber: UInt64,
        released: UInt64
    ) {
        self.directory = directory
        self.segmentBytes = segmentBytes
        monitor = Monitor(State(closed: closed, free: free, nextNumber: nextNumber, released: released))
    }

    /// Takes a free file or, if there is none, the path for a new one; `full` is the previous file.
    func next(after full: File?) -> (path: String, isNew: Bool) {
        monitor.withLock { state in
            if let full { state.closed.append(full) }
            state.reuse()
            if let free = state.free.popLast() { return (free, false) }
            return (state.makePath(in: directory), true)
        }
    }

    /// Asks for a free file; returns at once.
    func prepareNext() {
        monitor.withLock(notify: true) { $0.isNextWanted = true }
    }

    /// Releases all groups up to this one, which the runs hold durably; callable from any thread.
    func release(through sequence: UInt64) {
        let superfluous = monitor.withLock { state in
            state.released = max(state.released, sequence)
            state.reuse()
            defer { state.free = Array(state.free.prefix(JournalFiles.maximumFree)) }
            return state.free.dropFirst(JournalFiles.maximumFree)
        }
        // If a file survives a power loss, no harm is done: it holds nothing that is needed.
        for path in superfluous { _ = unsafe unlink(path) }
    }

    /// Makes the files that are asked for, until stopped; a thread calls it.
    func run() {
        while let path = nextWanted() {
            // If the disk is full, the journal makes its file itself and reports what is wrong.
            guard (try? make(path)) != nil else {
                _ = unsafe unlink(path)
                continue
            }
            monitor.withLock { $0.free.append(path) }
        }
    }

    /// Ends the thread soon.
    func stop() {
        monitor.withLock(notify: true) { $0.isStopped = true }
    }

    private var isStopped: Bool { monitor.withLock { $0.isStopped } }

    /// Waits for a file to make and returns its path; `nil` when stopped.
    private func nextWanted() -> String? {
        monitor.wait { state -> String?? in
            if state.isStopped { return .some(nil) }
            guard state.isNextWanted else { return nil }
            state.isNextWanted = false
            state.reuse()
            guard state.free.isEmpty else { return nil }
            return state.makePath(in: directory)
        }
    }

    /// Makes a file of zeros on the disk, piece by piece, so that other syncs wait for one piece at most.
    private func make(_ path: String) throws(SessionStoreError) {
        let segment = try JournalSegment(path, isNew: true, maximumBytes: segmentBytes)
        while segment.size < segmentBytes, !isStopped {
            try segment.grow()
            try segment.sync()
        }
        try JournalFiles.sync(directory)
    }

    /// Makes a file, or the names in a directory, durable.
    static func sync(_ path: String) throws(SessionStoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw JournalSegment.failure("open \(path)") }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw JournalSegment.failure("sync \(path)") }
    }
}
