/// What the store sends at once: one statement, or a batch of them.
struct Request: Hashable, Sendable {
    /// How the statements belong together.
    enum Kind: Hashable, Sendable {
        /// One statement.
        case single
        /// Writes of one partition's key, applied by each replica as one mutation.
        case unloggedBatch
        /// Writes of one partition, applied if the condition of the first holds: a lightweight transaction.
        case conditionalBatch
    }

    /// Which of the consistency levels a request is answered at.
    enum Consistency: Hashable, Sendable {
        /// Most copies of all data centres, and conditions are decided by these: for what all processes must agree on.
        case global
        /// The configured level: LOCAL_QUORUM or QUORUM.
        case regular
        /// The serial level that belongs to it, for reads that have to see every conditional batch before them.
        case serial
    }

    /// How the statements belong together.
    var kind: Kind
    /// One, or those of a batch in order.
    var statements: [Statement]
    /// Of a read: where its page begins; `nil` for the first.
    var page: PagingState?

    /// Whether it renews a registration: there are few of these, and if they came late nothing could be acknowledged that is
    /// logged under it.
    var isUrgent = false

    /// A request of one statement.
    static func single(_ statement: Statement, page: PagingState? = nil) -> Request {
        Request(kind: .single, statements: [statement], page: page)
    }

    /// A request of one statement that renews a registration.
    static func urgent(_ statement: Statement) -> Request {
        Request(kind: .single, statements: [statement], isUrgent: true)
    }

    /// The consistency level.
    var consistency: Consistency {
        switch statements.first {
        case .readStateSerially: .serial
        case .claimSetting: .global
        default: .regular
        }
    }

    /// Whether sending it again, at any time, does nothing that sending it once does not.
    ///
    /// Every write but a conditional batch has a timestamp of its own and so is the same write again.
    var isRepeatable: Bool { kind != .conditionalBatch }

    /// Whether it asks how the cluster is, or concerns a setting of the keyspace: there is one at a time, and a busy
    /// cluster must not make the store look down because of it.
    var isProbe: Bool {
        switch statements.first {
        case .probe, .trial, .readClock, .readSetting, .writeSetting, .claimSetting, .replaceSetting: true
        default: false
        }
    }

    /// Whether it is sent at once however busy the cluster is.
    var passesGate: Bool { isProbe || isUrgent }

    /// The values of the partition key of the first statement, by which the request finds a replica.
    var routingKey: [Value] { statements.first?.routingKey ?? [] }
}
