/// The addresses at which one node may be reached, and which of them is used at present.
///
/// As a rule there is one, which the cluster advertises. There are several while a node's address changes, since the old
/// row stays beside the new one for a while, and where clients reach the node by another address than it advertises,
/// as behind NAT or a mapped port.
struct NodeAddresses: Hashable {
    /// What rows of the cluster say of this node, in their order; at least one.
    private(set) var advertised: [Endpoint]
    /// Where the node answered a contact point; nil where that is advertised, too.
    private(set) var proven: Endpoint?
    /// The address to connect to.
    private(set) var current: Endpoint
    /// Addresses that failed since one last worked.
    private var failed: Set<Endpoint> = []

    init(advertised: [Endpoint], proven: Endpoint?) {
        precondition(!advertised.isEmpty, "a node without an address")
        self.advertised = advertised
        self.proven = proven.flatMap { advertised.contains($0) ? nil : $0 }
        current = advertised[0]
    }

    private var all: [Endpoint] { advertised + (proven.map { [$0] } ?? []) }

    /// Whether who answers has to be asked for its name: an address may be another node's by now.
    var needsProof: Bool { all.count > 1 }

    /// Whether another address is left if the current one fails.
    var hasAnother: Bool { all.contains { $0 != current && !failed.contains($0) } }

    /// Takes what is known now; the current address stays where it is still one of them.
    mutating func update(advertised: [Endpoint], proven: Endpoint?) {
        var updated = NodeAddresses(advertised: advertised, proven: proven)
        if updated.all.contains(current) { updated.current = current }
        updated.failed = failed.intersection(updated.all)
        self = updated
    }

    /// Takes note that a connection is ready: later ones go to the same address.
    mutating func succeeded() { failed = [] }

    /// Takes note that no connection could be made, and goes on to the next address.
    ///
    /// Returns whether all have failed by now; then they begin anew with the first one.
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
