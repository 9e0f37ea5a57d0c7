/// Who asks a query, as far as the order of queries is concerned: equal numbers are one client.
///
/// A store lets clients take turns, so that none of them waits behind all queries of another.
public struct QueryClient: Hashable, Sendable {
    private let number: UInt64

    /// The client of this number, such as a hash of its address.
    public init(_ number: UInt64) {
        self.number = number
    }

    /// This process itself, as a command or a test is.
    public static let local = QueryClient(0)
}
