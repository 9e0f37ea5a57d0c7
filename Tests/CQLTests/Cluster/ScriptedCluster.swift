import Synchronization
import Testing

@testable import CQL

/// Scripted nodes on loopback addresses of a test's own, and a client of them.
struct ScriptedCluster: Sendable {
    private static let port: UInt16 = 19_042

    /// All of 127.0.0.0/8 is this machine, so each test has a network of its own.
    private let subnet = [UInt8.random(in: 1...250), UInt8.random(in: 1...250)]

    /// The address of a node, counted from 1, whether anybody listens there or not.
    func endpoint(_ number: UInt8) -> Endpoint {
        guard let address = InternetAddress(octets: [127] + subnet + [number]) else {
            preconditionFailure("four bytes are an address")
        }
        return Endpoint(address: address, port: Self.port)
    }

    /// The row of a node that advertises its own address; each of up to three nodes has a third of the ring.
    func row(_ number: UInt8, dataCenter: String = "dc1") -> NodeRow {
        NodeRow(
            hostID: UInt64(number),
            endpoint: endpoint(number),
            dataCenter: dataCenter,
            tokens: [Int64(bitPattern: UInt64(number) &* (UInt64.max / 3))]
        )
    }

    /// Starts nodes that know each other.
    func start(
        _ count: UInt8,
        _ change: (UInt8, inout ScriptedNode.Script) -> Void = { _, _ in }
    ) throws
        -> [ScriptedNode]
    {
        try (1...count).map { number in
            var script = ScriptedNode.Script(row: row(number))
            script.peers = (1...count).filter { $0 != number }.map { row($0) }
            change(number, &script)
            return try ScriptedNode(endpoint(number), script)
        }
    }

    /// A configuration that knows the first node, impatient so that tests end soon.
    func configuration(_ change: (inout ClusterConfiguration) -> Void = { _ in }) -> ClusterConfiguration {
        let first = endpoint(1)
        var configuration = ClusterConfiguration(
            contactPoints: [ContactPoint(host: first.address.description, port: first.port)]
        )
        configuration.refreshDelay = .milliseconds(50)
        configuration.reconnectPause = .milliseconds(50)
        configuration.longestReconnectPause = .milliseconds(200)
        change(&configuration)
        return configuration
    }

    /// Runs a test with a client, which has to come to its end, and nodes, which are closed behind it.
    func with(
        _ nodes: [ScriptedNode],
        _ change: (inout ClusterConfiguration) -> Void = { _ in },
        _ body: (Cluster) async throws -> Void
    ) async throws {
        defer { for node in nodes { node.close() } }
        let cluster = try await Cluster.connect(configuration(change))
        do {
            try await body(cluster)
        } catch {
            await cluster.close()
            throw error
        }
        await cluster.close()
    }
}

/// What a client said.
final class ClusterEvents: Sendable {
    private let events = Mutex<[ClusterEvent]>([])

    func add(_ event: ClusterEvent) { events.withLock { $0.append(event) } }

    var all: [ClusterEvent] { events.withLock(\.self) }

    var unreached: [String] {
        all.compactMap { if case .nodeUnreached = $0 { "\($0)" } else { nil } }
    }
    var detours: [String] {
        all.compactMap { if case .detour = $0 { "\($0)" } else { nil } }
    }
    var waits: [String] {
        all.compactMap { if case .waiting = $0 { "\($0)" } else { nil } }
    }
}

/// Waits until `isTrue` is, generously; answers whether it came to be.
func eventually(_ isTrue: () -> Bool) async throws -> Bool {
    for _ in 0..<12_000 {
        if isTrue() { return true }
        try await Task.sleep(for: .milliseconds(25))
    }
    return isTrue()
}

extension BoundValues {
    /// The values of a statement whose variables are texts.
    static func texts(_ texts: String..., for statement: PreparedStatement) -> BoundValues {
        var values = BoundValues(for: statement)
        for text in texts { values.append(text) }
        return values
    }
}
