import Foundation
import Testing

@testable import CQL

/// A peer with a certificate, by the system's own TLS; it says nothing of Cassandra.
private final class SealedPeer {
    let endpoint: Endpoint
    private let directory: URL
    private let server = Process()

    /// `names` is what the certificate is for, as in `IP:10.0.0.1` or `DNS:node1`.
    init(at endpoint: Endpoint, names: String) throws {
        self.endpoint = endpoint
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("cql-\(Foundation.UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let maker = SealedPeer.openssl([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=node", "-addext",
            "subjectAltName=\(names)", "-keyout", path("key.pem"), "-out", path("cert.pem"),
        ])
        try maker.run()
        maker.waitUntilExit()
        try #require(maker.terminationStatus == 0)
        server.executableURL = SealedPeer.program
        server.arguments = [
            "s_server", "-quiet", "-accept", endpoint.description, "-cert", path("cert.pem"), "-key",
            path("key.pem"),
        ]
        server.standardInput = Pipe()
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
    }

    var certificate: String { path("cert.pem") }

    func close() {
        // Not by SIGTERM, which a test's process may block, and its children then do, too.
        kill(server.processIdentifier, SIGKILL)
        server.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    private func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    private static let program = URL(fileURLWithPath: "/usr/bin/openssl")

    private static func openssl(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }
}

/// A trusted certificate is not enough: it has to be that of the node which the client wants.
@Suite(.serialized, .timeLimit(.minutes(15))) struct CertificateNameTests {
    /// Why connecting to a peer fails whose certificate is trusted and for these names.
    private func failure(
        _ names: String,
        host: String? = nil,
        patience: Duration = .seconds(60)
    ) async throws -> CQLError {
        let place = ScriptedCluster()
        let loopback = try #require(InternetAddress(octets: [127, 0, 0, 1]))
        let port = place.endpoint(1).port
        let endpoint = host == nil ? place.endpoint(1) : Endpoint(address: loopback, port: port)
        let peer = try SealedPeer(at: endpoint, names: names)
        defer { peer.close() }
        let configuration = place.configuration {
            $0.contactPoints = [
                ContactPoint(host: host ?? endpoint.address.description, port: endpoint.port)
            ]
            $0.encryption = Encryption(certificateAuthorityFile: peer.certificate)
            $0.connectTimeout = patience
        }
        // Until the peer listens, connecting is refused.
        for _ in 0..<600 {
            let error = await refusal(configuration)
            guard case .noNodeAvailable(let errors) = error?.cause, errors.allSatisfy(\.isOfTransport) else {
                return try #require(error)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try #require(await refusal(configuration))
    }

    /// Why a client cannot connect; `nil` where it can.
    private func refusal(_ configuration: ClusterConfiguration) async -> CQLError? {
        do throws(CQLError) {
            await (try Cluster.connect(configuration)).close()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["IP:10.11.12.13", "DNS:node1.example"])
    func `a peer whose certificate names another address is refused`(_ names: String) async throws {
        let error = try await failure(names)
        #expect(error.isLasting)
        #expect(error.description.contains("certificate was refused"), "\(error)")
    }

    @Test func `a peer whose certificate names another host is refused`() async throws {
        let error = try await failure("DNS:node1.example", host: "localhost")
        #expect(error.description.contains("certificate was refused"), "\(error)")
    }

    @Test func `one whose certificate names the host is not`() async throws {
        // It speaks TLS and no more, so the client waits for the node's first word.
        let error = try await failure("DNS:localhost", host: "localhost", patience: .seconds(3))
        #expect(!error.description.contains("certificate"), "\(error)")
    }
}

extension CQLError {
    fileprivate var isOfTransport: Bool { if case .transport = cause { true } else { false } }
}
