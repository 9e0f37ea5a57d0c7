/// An error from a server, with the fields of its kind.
///
/// Source: the native protocol's specification, version 5, section 8.
public struct ServerError: Error, Sendable, Hashable {
    /// The kind, with its fields.
    public var kind: Kind
    /// The server's message.
    public var message: String

    /// Creates an error.
    public init(_ kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    /// The replicas that responded, and those required.
    public struct Replicas: Sendable, Hashable {
        /// The consistency level of the request.
        public var consistency: Consistency
        /// The number of responses.
        public var received: Int
        /// The number required.
        public var required: Int

        /// Creates a pair of counts.
        public init(consistency: Consistency, received: Int, required: Int) {
            self.consistency = consistency
            self.received = received
            self.required = required
        }
    }

    /// The replicas that failed; version 5 gives each one's reason, version 4 only their number.
    public enum Failures: Sendable, Hashable {
        /// The number of failures.
        case count(Int)
        /// The reason code of each replica.
        case reasons([InternetAddress: Int])
    }

    /// The kind of a write.
    public enum WriteType: Sendable, Hashable {
        /// A single statement.
        case simple
        /// A logged batch whose log was written, so it will be executed.
        case batch
        /// An unlogged batch.
        case unloggedBatch
        /// A counter update.
        case counter
        /// The log of a batch.
        case batchLog
        /// A conditional statement.
        case compareAndSet
        /// The update of a materialised view.
        case view
        /// A write to a table with change data capture.
        case changeDataCapture
        /// Another kind, by its name.
        case other(String)
    }

    /// The kinds of errors.
    public enum Kind: Sendable, Hashable {
        /// An unexpected error inside the server.
        case server
        /// A message violated the protocol or has an unknown version.
        case protocolViolation
        /// The credentials are wrong.
        case badCredentials
        /// Fewer replicas are alive than the consistency level requires.
        case unavailable(consistency: Consistency, required: Int, alive: Int)
        /// The coordinator is overloaded.
        case overloaded
        /// The coordinator is still joining the cluster.
        case bootstrapping
        /// A truncation failed.
        case truncation
        /// Too few replicas acknowledged a write in time; contentions are reported for conditional statements only.
        case writeTimeout(Replicas, WriteType, contentions: Int?)
        /// Too few replicas answered a read in time.
        case readTimeout(Replicas, dataPresent: Bool)
        /// Replicas failed to read.
        case readFailure(Replicas, Failures, dataPresent: Bool)
        /// A user-defined function failed.
        case functionFailure(keyspace: String, function: String, argumentTypes: [String])
        /// Replicas failed to write.
        case writeFailure(Replicas, Failures, WriteType)
        /// The change data capture log is full.
        case changeDataCaptureFull
        /// A conditional statement was partly executed, and another one may complete it.
        case compareAndSetUnknown(Replicas)
        /// The statement does not parse.
        case syntax
        /// The user lacks permission.
        case unauthorized
        /// The statement parses but is invalid.
        case invalid
        /// The server's configuration does not allow the statement.
        case configuration
        /// The keyspace or table exists already; `table` is empty for a keyspace.
        case alreadyExists(keyspace: String, table: String)
        /// The node does not know the id of the prepared statement.
        case unprepared(id: [UInt8])
        /// A kind that the specification does not list, by its code.
        case other(code: Int)
    }

    /// Returns what is known about the effects of the request.
    ///
    /// Earlier statements of an unlogged batch may have been executed before a later one finds too few replicas. The
    /// same holds for the last phase of a conditional statement, which the error does not reveal: treat `unavailable`
    /// of a conditional statement as `mayHaveExecuted`.
    func execution(ofBatch isBatch: Bool) -> CQLError.Execution {
        switch kind {
        case .protocolViolation, .badCredentials, .bootstrapping, .syntax, .unauthorized, .invalid,
            .configuration,
            .alreadyExists, .unprepared:
            .notExecuted
        case .unavailable: isBatch ? .mayHaveExecuted : .notExecuted
        // A coordinator with too many hints to store reports overload in the middle of a write.
        case .server, .overloaded, .truncation, .writeTimeout, .readTimeout, .readFailure, .functionFailure,
            .writeFailure, .changeDataCaptureFull, .compareAndSetUnknown, .other:
            .mayHaveExecuted
        }
    }
}

extension ServerError: CustomStringConvertible {
    /// The server's message, or the kind if it is empty, in one line that is safe to show.
    public var description: String { CQLError.shown(message.isEmpty ? "\(kind)" : message) }
}
