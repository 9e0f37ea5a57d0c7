import CQL
import CassandraTesting
import Foundation
import Testing

extension OnRealNodes {
    @Suite(.serialized, .nodes(1, "--auth", "--tls"), .timeLimit(.minutes(5)))
    struct Security {
        private func trusted(
            _ change: (inout ClusterConfiguration) -> Void = { _ in }
        ) throws
            -> ClusterConfiguration
        {
            let file = try nodes().directory + "/tls/cert.pem"
            return try configuration {
                $0.encryption = Encryption(certificateAuthorityFile: file)
                $0.credentials = Credentials(user: "cassandra", password: "cassandra")
                change(&$0)
            }
        }

        private func refusal(_ configuration: ClusterConfiguration) async throws -> CQLError {
            let error = await #expect(throws: CQLError.self) {
                let cluster = try await Cluster.connect(configuration)
                await cluster.close()
            }
            guard case .noNodeAvailable(let errors) = error?.cause, let first = errors.first else {
                return try #require(error)
            }
            return first
        }

        @Test func `a node whose certificate is trusted takes the right password`() async throws {
            let cluster = try await Cluster.connect(try trusted())
            let rows = try await cluster.execute("SELECT cluster_name FROM system.local").rows
            #expect(try rows?.first?.value(at: 0, as: String.self) == "loopback")
            await cluster.close()
        }

        @Test func `a long answer and a long request pass through TLS whole`() async throws {
            let cluster = try await Cluster.connect(try trusted())
            try await cluster.makeTable("sealed", "blobs (id int PRIMARY KEY, bytes blob)", copies: 1)
            let insert = try await cluster.prepare("INSERT INTO sealed.blobs (id, bytes) VALUES (?, ?)")
            let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
            var values = BoundValues(for: insert)
            values.append(Int32(1))
            values.append(Blob(bytes))
            try await cluster.execute(insert, values)
            let rows = try await cluster.execute("SELECT bytes FROM sealed.blobs WHERE id = 1").rows
            #expect(try rows?.first?.value(at: 0, as: Blob.self).bytes == bytes)
            await cluster.close()
        }

        @Test func `a wrong password is said`() async throws {
            let error = try await refusal(
                try trusted { $0.credentials = Credentials(user: "cassandra", password: "wrong") }
            )
            #expect(error.serverError?.kind == .badCredentials)
        }

        @Test func `a missing password is said`() async throws {
            let error = try await refusal(try trusted { $0.credentials = nil })
            guard case .credentialsRequired = error.cause else {
                Issue.record("\(error)")
                return
            }
        }

        @Test func `a certificate that nothing vouches for is refused`() async throws {
            let error = try await refusal(try trusted { $0.encryption = Encryption() })
            #expect(error.description.contains("certificate was refused: self-signed"), "\(error)")
        }

        @Test func `a certificate of another authority is refused`() async throws {
            let directory =
                FileManager.default.temporaryDirectory.path + "/cql-tls-\(Foundation.UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let status = await Command.run(
                [
                    "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other",
                    "-keyout", directory + "/key.pem", "-out", directory + "/cert.pem",
                ],
                output: directory + "/log"
            )
            try #require(status == 0)
            let error = try await refusal(
                try trusted { $0.encryption = Encryption(certificateAuthorityFile: directory + "/cert.pem") }
            )
            #expect(error.description.contains("certificate was refused"), "\(error)")
        }

        @Test func `a file without certificates is said by name`() async throws {
            let error = try await refusal(
                try trusted { $0.encryption = Encryption(certificateAuthorityFile: "/nowhere.pem") }
            )
            #expect(error.description.contains("no certificates can be read from /nowhere.pem"), "\(error)")
        }

        @Test func `a client without TLS is told, or sees the connection closed`() async throws {
            _ = try await refusal(try trusted { $0.encryption = nil })
        }
    }
}
