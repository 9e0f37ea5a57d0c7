/// How long a registration allows what is logged under it to be acknowledged.
///
/// Flushes stop waiting for a process only after its registration was seen unchanged for longer than that. So a start
/// that was logged before the lease ran out is flushed with its generation.
enum Lease {
    /// The length of a lease, in ns, from before its registration is sent: 10 seconds.
    ///
    /// A flush waits somewhat longer for a process that died; a process that stalls for longer logs its starts again.
    static let length: Int64 = 10_000_000_000
    /// The remaining time, in ns, that a lease must have for a new request: 3 seconds, more than most requests take.
    static let reserve: Int64 = 3_000_000_000
    /// How long, in ns, a registration is watched before flushes stop waiting for it: the length, 5 % for clocks that
    /// run at different speeds, and 3 seconds.
    static let watch: Int64 = length + length / 20 + 3_000_000_000
}
