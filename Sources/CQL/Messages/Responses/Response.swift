/// A message from a server.
enum Response: Sendable {
    case error(ServerError)
    case ready
    case authenticate(Authenticate)
    case supported(Supported)
    case result(QueryResult)
    case event(ServerEvent)
    case authChallenge(AuthChallenge)
    case authSuccess(AuthSuccess)

    init(
        _ opcode: UInt8,
        from reader: inout ByteReader,
        version: ProtocolVersion,
        context: RequestContext?
    ) throws(MalformedBytes) {
        switch Opcode(rawValue: opcode) {
        case .error: self = .error(try ServerError(from: &reader, version: version))
        case .ready: self = .ready
        case .authenticate: self = .authenticate(try Authenticate(from: &reader))
        case .supported: self = .supported(try Supported(from: &reader))
        case .result:
            guard let context else { throw .unknown("message without a request, of kind", Int(opcode)) }
            self = .result(try QueryResult(from: &reader, version: version, context: context))
        case .event: self = .event(try ServerEvent(from: &reader))
        case .authChallenge: self = .authChallenge(try AuthChallenge(from: &reader))
        case .authSuccess: self = .authSuccess(try AuthSuccess(from: &reader))
        default: throw .unknown("message", Int(opcode))
        }
    }
}

/// The optional parts before any message: a trace id, warnings, and data from a custom query handler.
struct ResponsePreamble {
    var tracingID: UUID?
    var warnings: [String] = []
    var customPayload: [String: [UInt8]?] = [:]

    init(from reader: inout ByteReader, flags: EnvelopeHeader.Flags) throws(MalformedBytes) {
        if flags.contains(.tracing) { tracingID = try reader.uuid() }
        if flags.contains(.warning) { warnings = try reader.stringList() }
        if flags.contains(.customPayload) { customPayload = try reader.bytesMap() }
    }
}
