/// How long a batch may take: whoever waits for it has a deadline of his own, and more patience with more events.
///
/// No count depends on it.
public struct BatchTime: Sendable {
    /// How long the smallest batch may take, in ns: 16 seconds, 10 in which a request may be sent again and the 6 of its last
    /// attempt.
    var least: Int64 = 16_000_000_000
    /// How much longer a batch may take with each event, in ns: 10 ms.
    var perEvent: Int64 = 10_000_000

    /// The time that the contract states for clients.
    public static let ofClients = BatchTime()

    /// How long a batch of so many events may take, in ns.
    func limit(events: Int) -> Int64 { least + Int64(events) * perEvent }
}
