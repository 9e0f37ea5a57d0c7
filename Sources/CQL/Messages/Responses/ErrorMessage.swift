/// ERROR: a request failed.
///
/// Source: the native protocol's specification, version 5, sections 4.2.1 and 8.
extension ServerError {
    init(from reader: inout ByteReader, version: ProtocolVersion) throws(MalformedBytes) {
        let code = try reader.int()
        message = try reader.string()
        switch code {
        case 0x0000: kind = .server
        case 0x000A: kind = .protocolViolation
        case 0x0100: kind = .badCredentials
        case 0x1000:
            let consistency = try reader.consistency()
            let required = try reader.int()
            kind = .unavailable(consistency: consistency, required: required, alive: try reader.int())
        case 0x1001: kind = .overloaded
        case 0x1002: kind = .bootstrapping
        case 0x1003: kind = .truncation
        case 0x1100: kind = try ServerError.writeTimeout(&reader)
        case 0x1200:
            let replicas = try ServerError.replicas(&reader)
            kind = .readTimeout(replicas, dataPresent: try reader.byte() != 0)
        case 0x1300:
            let replicas = try ServerError.replicas(&reader)
            let failures = try ServerError.failures(&reader, version)
            kind = .readFailure(replicas, failures, dataPresent: try reader.byte() != 0)
        case 0x1400:
            let keyspace = try reader.string()
            let function = try reader.string()
            kind = .functionFailure(
                keyspace: keyspace,
                function: function,
                argumentTypes: try reader.stringList()
            )
        case 0x1500:
            let replicas = try ServerError.replicas(&reader)
            let failures = try ServerError.failures(&reader, version)
            kind = .writeFailure(replicas, failures, WriteType(name: try reader.string()))
        case 0x1600: kind = .changeDataCaptureFull
        case 0x1700: kind = .compareAndSetUnknown(try ServerError.replicas(&reader))
        case 0x2000: kind = .syntax
        case 0x2100: kind = .unauthorized
        case 0x2200: kind = .invalid
        case 0x2300: kind = .configuration
        case 0x2400:
            let keyspace = try reader.string()
            kind = .alreadyExists(keyspace: keyspace, table: try reader.string())
        case 0x2500: kind = .unprepared(id: try reader.shortBytes())
        default: kind = .other(code: code)
        }
    }

    private static func replicas(_ reader: inout ByteReader) throws(MalformedBytes) -> Replicas {
        let consistency = try reader.consistency()
        let received = try reader.int()
        return Replicas(consistency: consistency, received: received, required: try reader.int())
    }

    private static func writeTimeout(_ reader: inout ByteReader) throws(MalformedBytes) -> Kind {
        let replicas = try replicas(&reader)
        let type = WriteType(name: try reader.string())
        // Version 5 adds this count for conditional statements; version 4 messages end before it.
        let hasContentions = type == .compareAndSet && reader.remaining >= 2
        return .writeTimeout(replicas, type, contentions: hasContentions ? try reader.short() : nil)
    }

    private static func failures(
        _ reader: inout ByteReader,
        _ version: ProtocolVersion
    ) throws(MalformedBytes) -> Failures {
        let announced = try reader.int()
        guard version >= .v5 else { return .count(announced) }
        var reasons: [InternetAddress: Int] = [:]
        for _ in 0..<(try reader.count(announced, ofAtLeast: 7)) {
            let address = try reader.address()
            reasons[address] = try reader.short()
        }
        return .reasons(reasons)
    }
}

extension ServerError.WriteType {
    init(name: String) {
        switch name {
        case "SIMPLE": self = .simple
        case "BATCH": self = .batch
        case "UNLOGGED_BATCH": self = .unloggedBatch
        case "COUNTER": self = .counter
        case "BATCH_LOG": self = .batchLog
        case "CAS": self = .compareAndSet
        case "VIEW": self = .view
        case "CDC": self = .changeDataCapture
        default: self = .other(name)
        }
    }
}
