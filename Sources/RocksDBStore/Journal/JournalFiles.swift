import Glibc
import PlayerSessions

/// The files of a journal: those with groups that are needed, and those that are free.
///
/// A thread of its own makes the next file before it is needed, so that nobody waits for the blocks of a new one. Used
/// files become free when the runs hold their groups.
final class JournalFiles: Sendable {
    /// A file with no group that is still needed, or with groups and the last of them.
    struct File: Equatable {
        var path: String
        /// The sequence of the last group in it; 0 for none.
        var lastSequence: UInt64 = 0
    }

    private struct State {
        /// Those that are full, oldest first.
        var closed: [File] = []
        var free: [String] = []
        var nextNumber: UInt64
        /// How far the runs hold everything.
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

    /// So many files are kept for later, about as many as two full generations of 1,000,000 sessions need; more are removed.
    private static let maximumFree = 8

    private let directory: String
    private let segmentBytes: Int
    private let monitor: Monitor<State>

    /// Continues with the files that were found, of which the closed ones hold groups that are needed.
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

    /// Takes a free file or, without one, the name of one that is to be made; `full` is the file before.
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

    /// Lets go of all groups through this one, which the runs hold durably; from any thread.
    func release(through sequence: UInt64) {
        let superfluous = monitor.withLock { state in
            state.released = max(state.released, sequence)
            state.reuse()
            defer { state.free = Array(state.free.prefix(JournalFiles.maximumFree)) }
            return state.free.dropFirst(JournalFiles.maximumFree)
        }
        // That it stays after a power loss does no harm: it holds nothing that is needed.
        for path in superfluous { _ = unsafe unlink(path) }
    }

    /// Makes files that are asked for, until it is stopped: a thread's work.
    func run() {
        while let path = nextWanted() {
            // Without room for it the journal makes its file itself and says what is wrong.
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

    /// The name of a file to make, `nil` when it is stopped.
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

    /// Makes a file of zeros that is on the disk, piece by piece: syncs of others wait behind one piece at most.
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
