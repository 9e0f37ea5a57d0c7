/// The number of replicas that must respond before a request succeeds.
///
/// Source: the native protocol's specification, version 5, section 3, `[consistency]`.
public enum Consistency: UInt16, Sendable, Hashable, CaseIterable {
    /// At least one replica, or a hint if none is alive; writes only.
    case any = 0x0000
    /// One replica.
    case one = 0x0001
    /// Two replicas.
    case two = 0x0002
    /// Three replicas.
    case three = 0x0003
    /// More than half of all replicas, across data centres.
    case quorum = 0x0004
    /// Every replica.
    case all = 0x0005
    /// More than half of the replicas in the coordinator's data centre.
    case localQuorum = 0x0006
    /// More than half of the replicas in each data centre; writes only.
    case eachQuorum = 0x0007
    /// A quorum across data centres, for conditional statements and linearizable reads.
    case serial = 0x0008
    /// A quorum in the coordinator's data centre, for conditional statements and linearizable reads.
    case localSerial = 0x0009
    /// One replica in the coordinator's data centre.
    case localOne = 0x000A
}

extension Consistency: CustomStringConvertible {
    /// The name in CQL's shell, such as `LOCAL_QUORUM`.
    public var description: String {
        switch self {
        case .any: "ANY"
        case .one: "ONE"
        case .two: "TWO"
        case .three: "THREE"
        case .quorum: "QUORUM"
        case .all: "ALL"
        case .localQuorum: "LOCAL_QUORUM"
        case .eachQuorum: "EACH_QUORUM"
        case .serial: "SERIAL"
        case .localSerial: "LOCAL_SERIAL"
        case .localOne: "LOCAL_ONE"
        }
    }
}
