/// An error that a server answered with, with the fields of its kind.
///
/// Source: the native protocol's specification, version 5, section 8.
public struct ServerError: Error, Sendable, Hashable {
    /// The kind, with its fields.
    public var kind: Kind
    /// The server's message.
    public var message: String

    /// Makes an error.
    public init(_ kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    /// The replicas that answered, and those that were needed.
    public struct Replicas: Sendable, Hashable {
        /// The consistency level of the request.
        public var consistency: Consistency
        /// How many answered.
        public var received: Int
        /// How many the level asks for.
        public var required: Int

        /// Makes a pair of counts.
        public init(consistency: Consistency, received: Int, required: Int) {
            self.consistency = consistency
            self.received = received
            self.required = required
        }
    }

    /// The replicas that failed; version 5 says why each one did, version 4 only how many there were.
    public enum Failures: Sendable, Hashable {
        /// How many failed.
        case count(Int)
        /// The code of the reason for each replica.
        case reasons([InternetAddress: Int])
    }

    /// What kind of write it was.
    public enum WriteType: Sendable, Hashable {
        /// One statement.
        case simple
        /// A logged batch, whose log was written: it will be executed.
        case batch
        /// An unlogged batch.
        case unloggedBatch
        /// A counter's change.
        case counter
        /// The log of a batch.
        case batchLog
        /// A conditional statement.
        case compareAndSet
        /// The update of a materialised view.
        case view
        /// A write to a table whose changes are captured.
        case changeDataCapture
        /// Another, by its name.
        case other(String)
    }

    /// The kinds of errors.
    public enum Kind: Sendable, Hashable {
        /// Something unexpected, a fault of the server's.
        case server
        /// A message broke the protocol, or has an unknown version.
        case protocolViolation
        /// The credentials are wrong.
        case badCredentials
        /// Fewer replicas live than the consistency level needs.
        case unavailable(consistency: Consistency, required: Int, alive: Int)
        /// The coordinator has too much to do.
        case overloaded
        /// The coordinator is still joining the cluster.
        case bootstrapping
        /// A truncation failed.
        case truncation
        /// Not enough replicas acknowledged a write in time; contentions are said for conditional statements only.
        case writeTimeout(Replicas, WriteType, contentions: Int?)
        /// Not enough replicas answered a read in time.
        case readTimeout(Replicas, dataPresent: Bool)
        /// Replicas failed to read.
        case readFailure(Replicas, Failures, dataPresent: Bool)
        /// A function of the user's failed.
        case functionFailure(keyspace: String, function: String, argumentTypes: [String])
        /// Replicas failed to write.
        case writeFailure(Replicas, Failures, WriteType)
        /// The log of captured changes is full.
        case changeDataCaptureFull
        /// A conditional statement was executed in part, and another may finish it.
        case compareAndSetUnknown(Replicas)
        /// The statement does not parse.
        case syntax
        /// The user may not do this.
        case unauthorized
        /// The statement parses and cannot work.
        case invalid
        /// The statement cannot work with the server's configuration.
        case configuration
        /// What should be made exists; the table is empty for a keyspace.
        case alreadyExists(keyspace: String, table: String)
        /// The node does not know the prepared statement's id.
        case unprepared(id: [UInt8])
        /// A kind that is not in the specification, by its code.
        case other(code: Int)
    }

    /// What is known about the effects of the request.
    ///
    /// Of statements in a batch that is not logged, earlier ones may have been executed when a later one finds its
    /// replicas down. Of a conditional statement the same is true of its last phase, which the error does not tell:
    /// take `unavailable` of a conditional statement as `mayHaveExecuted`.
    func execution(ofBatch isBatch: Bool) -> CQLError.Execution {
        switch kind {
        case .protocolViolation, .badCredentials, .bootstrapping, .syntax, .unauthorized, .invalid,
            .configuration,
            .alreadyExists, .unprepared:
            .notExecuted
        case .unavailable: isBatch ? .mayHaveExecuted : .notExecuted
        // A coordinator that has too many hints to store says so in the middle of a write.
        case .server, .overloaded, .truncation, .writeTimeout, .readTimeout, .readFailure, .functionFailure,
            .writeFailure, .changeDataCaptureFull, .compareAndSetUnknown, .other:
            .mayHaveExecuted
        }
    }
}

extension ServerError: CustomStringConvertible {
    /// The server's message, in one line that is safe to show; the kind if it has none.
    public var description: String { CQLError.shown(message.isEmpty ? "\(kind)" : message) }
}
