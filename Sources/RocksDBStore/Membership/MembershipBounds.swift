/// How large a store's membership filter and its log may become.
struct MembershipBounds: Equatable, Sendable {
    /// The most bytes that a filter may take.
    var maximumBytes: Int
    /// The minimum capacity of a filter, in sessions, unless that is too much memory.
    var leastCapacity = 1 << 20
    /// A log with more than this many hashes per record, and `spareEntries` more, is rebuilt.
    ///
    /// Sessions that are still running when their start is flushed appear twice.
    var maximumRedundancy = 4
    /// With fewer hashes than this a log is not worth rebuilding.
    var spareEntries = 4 << 20
    /// How many flushes to wait before a log that could not be made or written is made again.
    var patience = 32

    /// Makes the bounds for a cache of this many bytes, including the filter.
    init(cacheBytes: Int) {
        maximumBytes = cacheBytes / 2
    }
}
