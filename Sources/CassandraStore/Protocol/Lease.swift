/// A marker of this process's own on a span, an hour or a day, and until when it stands for acknowledgements.
///
/// A roller removes a marker after it has watched it for longer than a lease lasts. So a start whose row and marker
/// were both durable before the lease ran out is in the sums of whoever removes the marker.
struct Lease: Sendable {
    /// When the lease runs out, in ns of elapsed time.
    var expiry: Int64

    /// How long a lease lasts, in ns, from before its marker is sent: 4 minutes.
    ///
    /// Longer ones keep spans from being summed after the last start; shorter ones make more markers.
    static let length: Int64 = 240_000_000_000
    /// A lease with less than this left is not taken for a new request: a minute, more than any request lasts.
    static let reserve: Int64 = 60_000_000_000
    /// How long a roller watches a marker before it removes it: the length, 5 % for clocks that run at different speeds
    /// and 10 seconds more.
    static let watch: Int64 = length + length / 20 + 10_000_000_000
}
