import CQL
import Foundation

/// Real Cassandra nodes on loopback addresses, driven by the script that starts and stops them.
public struct CassandraNodes: Sendable {
    /// Loopback addresses of this run's own: all of 127.0.0.0/8 is this machine.
    public static let subnet = "127.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"
    /// The port for clients, on every node's address.
    public static let port: UInt16 = 9042
    private static let basePort = Int.random(in: 20_000...29_000)

    /// The script's words.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Where the nodes keep everything.
    public let directory: String
    /// How many there are.
    public let count: Int

    /// Starts nodes and waits until each answers; fails with the script's words where they cannot be had.
    static func start(_ count: Int, _ options: [String] = []) async throws -> CassandraNodes {
        let directory =
            FileManager.default.temporaryDirectory.path + "/cql-cluster-\(getpid())-\(UUID().uuidString)"
        let nodes = CassandraNodes(directory: directory, count: count)
        let arguments = [
            "--nodes", String(count), "--subnet", subnet, "--port", String(port), "--base", String(basePort),
            "--commitlog-sync", "periodic", "--no-snapshots", "--short-lived",
        ]
        do {
            try await nodes.script("start", arguments + options)
            try await nodes.waitUntilAcquainted()
        } catch {
            try? await nodes.end()
            throw error
        }
        return nodes
    }

    /// Returns when every node knows all others: one that answers may just have met some of them.
    private func waitUntilAcquainted() async throws {
        guard count > 1 else { return }
        for node in 1...count {
            let point = ContactPoint(host: address(node), port: Self.port)
            let client = try await Cluster.connect(ClusterConfiguration(contactPoints: [point]))
            let isAcquainted = try await eventually { client.nodes.count == count }
            await client.close()
            if !isAcquainted { throw Failure(description: "node \(node) did not find all others") }
        }
    }

    /// The address of a node, counted from 1.
    public func address(_ node: Int) -> String { "\(Self.subnet).\(node)" }

    /// Kills a node: a crash.
    public func kill(_ node: Int) async throws { try await script("kill", [String(node)]) }
    /// Stops a node's clock: it hangs.
    public func pause(_ node: Int) async throws { try await script("pause", [String(node)]) }
    /// Lets a paused node go on.
    public func resume(_ node: Int) async throws { try await script("resume", [String(node)]) }
    /// Starts a node again on its data, and waits until it answers.
    public func restart(_ node: Int) async throws { try await script("restart", [String(node)]) }

    /// The output of `nodetool` against a node.
    public func nodetool(_ node: Int, _ arguments: String...) async throws -> String {
        try await script("nodetool", [String(node)] + arguments)
    }

    /// Kills all nodes, which is quicker than to stop them, and removes what they have stored.
    func end() async throws {
        for node in 1...count { try? await kill(node) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    @discardableResult
    private func script(_ command: String, _ arguments: [String]) async throws -> String {
        let path = Self.scriptPath
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(description: "no script at \(path) to start Cassandra with; set CASSANDRA_SCRIPT")
        }
        let output = FileManager.default.temporaryDirectory.path + "/cql-script-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let status = await Command.run([path, command, "--dir", directory] + arguments, output: output)
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard status == 0 else { throw Failure(description: "cassandra \(command): \(text)") }
        return text
    }

    private static var scriptPath: String {
        if let path = ProcessInfo.processInfo.environment["CASSANDRA_SCRIPT"] { return path }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("cassandra/nodes").path
    }
}
