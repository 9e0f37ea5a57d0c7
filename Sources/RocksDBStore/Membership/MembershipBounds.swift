/// How large a store's membership filter and its log become before something is done about it.
struct MembershipBounds: Equatable, Sendable {
    /// The most bytes that a filter may take.
    var maximumBytes: Int
    /// A new store's filter is for so many sessions, unless that is too much memory.
    var leastCapacity = 1 << 20
    /// The log may have so many times as many hashes as there are records, and `spareEntries` more.
    ///
    /// Sessions that are still running when their start is flushed come twice.
    var maximumRedundancy = 4
    /// With fewer hashes than this a log is too small to be worth making anew.
    var spareEntries = 4 << 20
    /// After so many flushes it is tried again to make a log that could not be made or written.
    var patience = 32

    /// The bounds for a store whose cache, filter included, has so many bytes.
    init(cacheBytes: Int) {
        maximumBytes = cacheBytes / 2
    }
}
