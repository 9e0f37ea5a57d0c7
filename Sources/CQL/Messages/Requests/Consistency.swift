/// How many replicas must answer before a request succeeds.
///
/// Source: the native protocol's specification, version 5, section 3, `[consistency]`.
public enum Consistency: UInt16, Sendable, Hashable, CaseIterable {
    /// One replica at least, or a hint where none lives; writes only.
    case any = 0x0000
    /// One replica.
    case one = 0x0001
    /// Two replicas.
    case two = 0x0002
    /// Three replicas.
    case three = 0x0003
    /// More than half of all replicas, over all data centres.
    case quorum = 0x0004
    /// Every replica.
    case all = 0x0005
    /// More than half of the replicas of the coordinator's data centre.
    case localQuorum = 0x0006
    /// More than half of the replicas of each data centre; writes only.
    case eachQuorum = 0x0007
    /// For conditional statements and linearizable reads: a quorum over all data centres.
    case serial = 0x0008
    /// For conditional statements and linearizable reads: a quorum of the coordinator's data centre.
    case localSerial = 0x0009
    /// One replica of the coordinator's data centre.
    case localOne = 0x000A
}

extension Consistency: CustomStringConvertible {
    /// The name in CQL's shell, as in `LOCAL_QUORUM`.
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
