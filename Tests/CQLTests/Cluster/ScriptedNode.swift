import ByteBuffers
import Foundation
import Synchronization
import Testing

@testable import CQL

/// A node that says what a test wants it to say, on a real socket: for what real nodes cannot be brought to do.
///
/// It speaks by the client's own encoder, whose bytes the recorded vectors compare with a real server's. Each connection
/// has a thread; what a node says may be changed while it runs.
final class ScriptedNode: Sendable {
    /// A request as the node got it.
    struct Question: Sendable {
        var version: ProtocolVersion
        var opcode: Opcode
        /// The text of QUERY and PREPARE.
        var statement: String?
        /// The statement's id of EXECUTE.
        var id: [UInt8]?
    }

    /// What the node says, beside its rows.
    struct Script: Sendable {
        var row: NodeRow
        var peers: [NodeRow] = []
        var versions = ProtocolVersion.allCases
        /// Whether requests are taken and not answered; handshakes go on.
        var isSilent = false
        /// How long the answer about peers takes.
        var peersDelay = Duration.zero
        /// Why nobody may log in; nil lets everybody in.
        var refusal: (code: Int32, message: String)?
        /// What distinguishes the ids that the node gives statements.
        var idPrefix: [UInt8] = []
        var schemaVersion: UInt64 = 1
    }

    private struct State {
        var script: Script
        var connections: [Int: NodeSocket] = [:]
        var acceptedCount = 0
        var questions: [Question] = []
        var prepared: Set<[UInt8]> = []
        var isClosed = false
    }

    let endpoint: Endpoint
    private let listener: Int32
    private let state: Mutex<State>

    /// Listens from now on; fails where the address is taken.
    init(_ endpoint: Endpoint, _ script: Script) throws {
        self.endpoint = endpoint
        state = Mutex(State(script: script))
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var on: Int32 = 1
        unsafe setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe endpoint.withSocketAddress { unsafe bind(listener, $0, length) == 0 }
        try #require(isBound, "\(endpoint): errno \(errno)")
        try #require(listen(listener, 64) == 0)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// What the node says from now on.
    func change(_ body: (inout Script) -> Void) { state.withLock { body(&$0.script) } }

    /// Forgets all prepared statements.
    func forgetStatements() { state.withLock { $0.prepared = [] } }

    /// Connections that are open.
    var openCount: Int { state.withLock { $0.connections.count } }
    /// Connections that ever were.
    var acceptedCount: Int { state.withLock(\.acceptedCount) }
    /// What was asked so far.
    var questions: [Question] { state.withLock(\.questions) }
    /// How many statements were executed.
    var executedCount: Int { questions.count { $0.opcode == .execute || $0.opcode == .batch } }

    /// Tells those that asked for events of a change.
    func tell(_ kind: EventKind, _ change: String, _ endpoint: Endpoint) {
        let connections = state.withLock { Array($0.connections.values) }
        for connection in connections where connection.wantsEvents {
            connection.send(.event, stream: ConnectionMachine.eventStream) { body in
                try? body.append(string: kind.rawValue)
                try? body.append(string: change)
                body.append(UInt8(endpoint.address.octets.count))
                body.append(endpoint.address.octets)
                body.append(bigEndian: Int32(endpoint.port))
            }
        }
    }

    /// Ends all connections; later ones are taken.
    func endConnections() {
        for connection in state.withLock({ Array($0.connections.values) }) { connection.end() }
    }

    /// Listens no more, and ends all connections.
    func close() {
        let connections = state.withLock { state in
            state.isClosed = true
            return Array(state.connections.values)
        }
        _ = shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { connection.end() }
    }

    private func acceptAll() {
        var number = 0
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            number += 1
            let connection = NodeSocket(descriptor)
            let (key, isClosed) = (
                number,
                state.withLock { state in
                    state.connections[number] = connection
                    state.acceptedCount += 1
                    return state.isClosed
                }
            )
            if isClosed { connection.end() }
            Thread.detachNewThread { [self] in
                connection.readAll { take($0, connection) }
                state.withLock { $0.connections[key] = nil }
                connection.close()
            }
        }
        _ = Glibc.close(listener)
    }

    // MARK: - Answers

    private func take(_ envelope: StoredEnvelope, _ connection: NodeSocket) {
        let stream = envelope.header.stream
        let script = state.withLock(\.script)
        guard let version = ProtocolVersion(rawValue: envelope.header.version),
            script.versions.contains(version)
        else {
            connection.version = script.versions.last ?? .v4
            return connection.sendError(0x0A, "unsupported protocol version", stream)
        }
        connection.version = version
        switch Opcode(rawValue: envelope.header.opcode) {
        case .options:
            connection.send(.supported, stream: stream) { $0.append(bigEndian: UInt16(0)) }
        case .startup:
            if let (code, message) = script.refusal { return connection.sendError(code, message, stream) }
            connection.send(.ready, stream: stream)
            if version >= .v5 { connection.beginSegments() }
        case .register:
            connection.wantsEvents = true
            connection.send(.ready, stream: stream)
        case .some(let opcode):
            guard let question = Question(opcode, envelope, version) else { return connection.end() }
            state.withLock { $0.questions.append(question) }
            if !script.isSilent { answer(question, script, connection, stream) }
        case nil: connection.end()
        }
    }

    private func answer(_ question: Question, _ script: Script, _ connection: NodeSocket, _ stream: Int16) {
        switch question.opcode {
        case .query:
            let statement = question.statement ?? ""
            if statement == TopologyQueries.peers {
                Thread.sleep(forTimeInterval: script.peersDelay / .seconds(1))
            }
            guard let rows = script.rows(for: statement) else {
                return connection.send(.result, stream: stream) { $0.append(bigEndian: Int32(1)) }
            }
            connection.send(.result, stream: stream) { rows.write(to: &$0) }
        case .prepare:
            let statement = question.statement ?? ""
            let id = script.idPrefix + Array(statement.utf8.suffix(16))
            state.withLock { _ = $0.prepared.insert(id) }
            connection.sendPrepared(id, statement, stream)
        case .execute, .batch:
            guard let id = question.id, !state.withLock({ $0.prepared.contains(id) }) else {
                return connection.send(.result, stream: stream) { $0.append(bigEndian: Int32(1)) }
            }
            connection.sendError(0x2500, "unprepared", stream) { try? $0.append(shortBytes: id) }
        default: connection.end()
        }
    }
}

extension ScriptedNode.Question {
    fileprivate init?(_ opcode: Opcode, _ envelope: StoredEnvelope, _ version: ProtocolVersion) {
        var reader = ByteReader(envelope.body)
        var statement: String?
        var id: [UInt8]?
        switch opcode {
        case .query, .prepare:
            guard let count = try? reader.int(), let range = try? reader.skip(count) else { return nil }
            statement = String(decoding: reader.bytes[range], as: UTF8.self)
        case .execute: id = try? reader.shortBytes()
        case .batch:
            // The kind, how many, and the first one's kind.
            guard (try? reader.skip(4)) != nil else { return nil }
            id = try? reader.shortBytes()
        default: break
        }
        self.init(version: version, opcode: opcode, statement: statement, id: id)
    }
}
