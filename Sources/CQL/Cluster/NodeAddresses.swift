/// The addresses of one node, and the one in use.
///
/// Normally there is one, which the cluster advertises. There are several while a node's address changes, because the
/// old row remains beside the new one for a while, and if clients reach the node at another address than it advertises,
/// as with NAT or a mapped port.
struct NodeAddresses: Hashable {
    /// The addresses in the cluster's rows for this node, in order; at least one.
    private(set) var advertised: [Endpoint]
    /// Where a control connection reached the node; nil if advertised, too.
    private(set) var proven: Endpoint?
    private(set) var current: Endpoint
    /// The addresses that have failed since one last worked.
    private var failed: Set<Endpoint> = []

    init(advertised: [Endpoint], proven: Endpoint?) {
        precondition(!advertised.isEmpty, "a node without an address")
        self.advertised = advertised
        self.proven = proven.flatMap { advertised.contains($0) ? nil : $0 }
        current = advertised[0]
    }

    private var all: [Endpoint] { advertised + (proven.map { [$0] } ?? []) }

    /// Whether to identify the node that answers: an address may belong to another by now.
    var needsProof: Bool { all.count > 1 }

    /// Whether another address is left if the current one fails.
    var hasAnother: Bool { all.contains { $0 != current && !failed.contains($0) } }

    /// Updates the addresses; keeps the current one if it is still among them.
    mutating func update(advertised: [Endpoint], proven: Endpoint?) {
        var updated = NodeAddresses(advertised: advertised, proven: proven)
        if updated.all.contains(current) { updated.current = current }
        updated.failed = failed.intersection(updated.all)
        self = updated
    }

    /// Records that a connection is ready; later ones use the same address.
    mutating func succeeded() { failed = [] }

    /// Moves on to the next address because no connection could be made.
    ///
    /// Returns whether all have failed by now; then the first one is next.
    mutating func moveOn() -> Bool {
        failed.insert(current)
        if let next = all.first(where: { !failed.contains($0) }) {
            current = next
            return false
        }
        failed = []
        current = advertised[0]
        return true
    }
}
