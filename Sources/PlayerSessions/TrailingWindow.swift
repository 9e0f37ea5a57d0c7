/// The instants after `from`, up to and including `until`: (from, until].
public struct TrailingWindow: Hashable, Sendable {
    /// The last instant before the window; may lie before 1970.
    public var from: Timestamp
    /// The last instant of the window.
    public var until: Timestamp

    /// Creates a window from its ends.
    public init(from: Timestamp, until: Timestamp) {
        self.from = from
        self.until = until
    }

    /// Creates the window of this many hours that ends at `until`.
    public init(_ hours: HourCount, until: Timestamp) {
        self.init(from: Timestamp(microseconds: until.microseconds - hours.microseconds), until: until)
    }

    /// Returns this window without what is at or before `cutoff`.
    public func clipped(after cutoff: Timestamp?) -> TrailingWindow {
        TrailingWindow(from: cutoff.map { max($0, from) } ?? from, until: until)
    }
}
