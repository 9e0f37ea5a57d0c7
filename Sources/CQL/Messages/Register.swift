import ByteBuffers

/// REGISTER: asks for events of some kinds.
///
/// Source: the native protocol's specification, version 5, section 4.1.8.
struct Register {
    var kinds: [EventKind]

    func encode(into buffer: inout ByteBuffer) throws(UnencodableRequest) {
        try buffer.append(stringList: kinds.map(\.rawValue))
    }
}

/// The kinds of events.
enum EventKind: String, Sendable, CaseIterable {
    case topology = "TOPOLOGY_CHANGE"
    case status = "STATUS_CHANGE"
    case schema = "SCHEMA_CHANGE"
}
