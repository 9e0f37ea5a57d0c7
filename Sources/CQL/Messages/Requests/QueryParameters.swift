import ByteBuffers

/// How to execute a statement; the server decides what is left nil.
public struct QueryParameters: Sendable {
    /// The number of replicas that must respond.
    public var consistency: Consistency
    /// The level of a conditional statement's condition: `serial` or `localSerial`.
    public var serialConsistency: Consistency?
    /// The most rows in a page; not for batches.
    public var pageSize: Int32?
    /// The position after an earlier page of the same statement; not for batches.
    public var pagingState: [UInt8]?
    /// The write timestamp of statements without their own, in microseconds since 1970; not negative.
    public var timestamp: Int64?
    /// The keyspace of unqualified table names; version 5 only.
    public var keyspace: String?
    /// The time that the server takes as current, in seconds since 1970, for tests; version 5 only.
    public var nowInSeconds: Int32?
    /// Whether the server traces the execution.
    public var isTraced = false

    /// Creates parameters that leave everything else to the server.
    public init(consistency: Consistency) {
        self.consistency = consistency
    }
}

/// The protocol's `<query_parameters>`; source: its specification, version 5, section 4.1.4.
extension QueryParameters {
    private struct Flags: OptionSet {
        var rawValue: UInt32
        static let values = Flags(rawValue: 0x01)
        static let skipMetadata = Flags(rawValue: 0x02)
        static let pageSize = Flags(rawValue: 0x04)
        static let pagingState = Flags(rawValue: 0x08)
        static let serialConsistency = Flags(rawValue: 0x10)
        static let timestamp = Flags(rawValue: 0x20)
        static let keyspace = Flags(rawValue: 0x80)
        static let nowInSeconds = Flags(rawValue: 0x100)
    }

    /// Writes the parameters of QUERY and EXECUTE.
    func encode(
        into buffer: inout ByteBuffer,
        version: ProtocolVersion,
        values: BoundValues,
        skipsMetadata: Bool
    ) throws(UnencodableRequest) {
        if let fault = values.fault { throw UnencodableRequest(reason: fault) }
        var flags = try commonFlags(version)
        if values.count > 0 { flags.insert(.values) }
        if skipsMetadata { flags.insert(.skipMetadata) }
        if pageSize != nil { flags.insert(.pageSize) }
        if pagingState != nil { flags.insert(.pagingState) }
        buffer.append(consistency: consistency)
        QueryParameters.append(flags, to: &buffer, version)
        if values.count > 0 {
            try buffer.append(shortCount: values.count, of: "values")
            buffer.append(values.bytes)
        }
        if let pageSize { buffer.append(bigEndian: pageSize) }
        if let pagingState { try buffer.append(byteString: pagingState) }
        try appendCommon(to: &buffer)
    }

    /// Writes the parameters of BATCH.
    func encodeForBatch(
        into buffer: inout ByteBuffer,
        version: ProtocolVersion
    ) throws(UnencodableRequest) {
        guard pageSize == nil, pagingState == nil else {
            throw UnencodableRequest(reason: "a batch has no pages")
        }
        let flags = try commonFlags(version)
        buffer.append(consistency: consistency)
        QueryParameters.append(flags, to: &buffer, version)
        try appendCommon(to: &buffer)
    }

    private func commonFlags(_ version: ProtocolVersion) throws(UnencodableRequest) -> Flags {
        var flags: Flags = []
        if serialConsistency != nil { flags.insert(.serialConsistency) }
        if timestamp != nil { flags.insert(.timestamp) }
        if keyspace != nil { flags.insert(.keyspace) }
        if nowInSeconds != nil { flags.insert(.nowInSeconds) }
        if version < .v5, !flags.isDisjoint(with: [.keyspace, .nowInSeconds]) {
            throw UnencodableRequest(reason: "keyspace and nowInSeconds need version 5 of the protocol")
        }
        return flags
    }

    private func appendCommon(to buffer: inout ByteBuffer) throws(UnencodableRequest) {
        if let serialConsistency { buffer.append(consistency: serialConsistency) }
        if let timestamp { buffer.append(bigEndian: timestamp) }
        if let keyspace { try buffer.append(string: keyspace) }
        if let nowInSeconds { buffer.append(bigEndian: nowInSeconds) }
    }

    /// Appends the flags, which take one byte in version 4 and four in version 5.
    private static func append(_ flags: Flags, to buffer: inout ByteBuffer, _ version: ProtocolVersion) {
        if version < .v5 {
            buffer.append(UInt8(truncatingIfNeeded: flags.rawValue))
        } else {
            buffer.append(bigEndian: flags.rawValue)
        }
    }
}
