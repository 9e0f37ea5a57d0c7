/// The client that a query is scheduled for: equal numbers are one client.
///
/// A store serves clients in turn, so that none waits for all queries of another.
public struct QueryClient: Hashable, Sendable {
    private let number: UInt64

    /// Creates the client of this number, such as a hash of its address.
    public init(_ number: UInt64) {
        self.number = number
    }

    /// This process itself, for commands and tests.
    public static let local = QueryClient(0)
}
