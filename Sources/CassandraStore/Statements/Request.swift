/// What the store sends in one request: one statement, or a batch of them.
struct Request: Hashable, Sendable {
    /// How the statements belong together.
    enum Kind: Hashable, Sendable {
        /// One statement.
        case single
        /// Writes with one partition key, applied by each replica as one mutation.
        case unloggedBatch
        /// Writes to one partition, applied if the condition of the first holds: a lightweight transaction.
        case conditionalBatch
    }

    /// The consistency level that a request requires.
    enum Consistency: Hashable, Sendable {
        /// Most replicas of all data centres, which also decide conditions: for what all processes must agree on.
        case global
        /// The configured level: LOCAL_QUORUM or QUORUM.
        case regular
        /// The serial level that belongs to it, for reads that must see every conditional batch before them.
        case serial
    }

    var kind: Kind
    /// One, or those of a batch in order.
    var statements: [Statement]
    /// Where the page of a read begins; `nil` for the first.
    var page: PagingState?

    /// Whether it renews a registration.
    ///
    /// Few do, and if they came late, nothing logged under the registration could be acknowledged.
    var isUrgent = false

    /// Returns a request of one statement.
    static func single(_ statement: Statement, page: PagingState? = nil) -> Request {
        Request(kind: .single, statements: [statement], page: page)
    }

    /// Returns a request of one statement that renews a registration.
    static func urgent(_ statement: Statement) -> Request {
        Request(kind: .single, statements: [statement], isUrgent: true)
    }

    var consistency: Consistency {
        switch statements.first {
        case .readStateSerially: .serial
        case .claimSetting: .global
        default: .regular
        }
    }

    /// Whether sending it again, at any time, has no effect beyond that of sending it once.
    ///
    /// Every write but a conditional batch has its own timestamp, and so is the same write again.
    var isRepeatable: Bool { kind != .conditionalBatch }

    /// Whether it checks the cluster's health, or concerns a setting of the keyspace.
    ///
    /// There is one at a time, and a busy cluster must not make the store look down.
    var isProbe: Bool {
        switch statements.first {
        case .probe, .trial, .readClock, .readSetting, .writeSetting, .claimSetting, .replaceSetting: true
        default: false
        }
    }

    /// Whether it is sent at once, however busy the cluster is.
    var passesGate: Bool { isProbe || isUrgent }

    /// The partition key of the first statement, which determines the replicas.
    var routingKey: [Value] { statements.first?.routingKey ?? [] }
}
