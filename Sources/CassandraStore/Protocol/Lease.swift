/// For how long a registration stands for acknowledgements.
///
/// A generation is flushed without waiting for a process whose registration was watched, unchanged, for longer than that.
/// So a start that was logged before the lease ran out is flushed with its generation.
enum Lease {
    /// How long a lease lasts, in ns, from before its registration is sent: 10 seconds.
    ///
    /// As long a generation waits for a process that died; a process that stands still for longer logs its starts again.
    static let length: Int64 = 10_000_000_000
    /// A lease with less than this left is not taken for a new request: 3 seconds, more than most requests last.
    static let reserve: Int64 = 3_000_000_000
    /// How long a registration is watched before nobody waits for it: the length, 5 % for clocks that run at different
    /// speeds and 3 seconds more.
    static let watch: Int64 = length + length / 20 + 3_000_000_000
}
