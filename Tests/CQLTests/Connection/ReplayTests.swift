import ByteBuffers
import Testing

@testable import CQL

/// Whole conversations with a real server, from the first byte on.
@Suite struct ReplayTests {
    /// The recorded exchanges, each connection's together.
    private static let conversations = Exchange.all.reduce(into: [[Exchange]]()) { all, exchange in
        if exchange.name == "options" { all.append([]) }
        if !all.isEmpty { all[all.count - 1].append(exchange) }
    }

    private static let logins = conversations.filter {
        $0.map(\.name).suffix(2) == ["auth-success", "select-key"]
    }

    @Test func `logins were recorded for both versions, and with compression`() {
        #expect(Self.logins.map { $0[0].version } == [.v4, .v5, .v5])
        #expect(Self.logins.map { $0[2].compression } == [nil, nil, .lz4])
    }

    @Test(arguments: logins.indices)
    func `a login and a query have the bytes that a server took, and its answers are taken`(index: Int) throws
    {
        let conversation = Self.logins[index]
        var settings = ConnectionSettings()
        settings.version = conversation[0].version
        settings.compression = conversation[2].compression
        settings.credentials = Credentials(user: "cassandra", password: "cassandra")
        var machine = ConnectionMachine(settings)
        var output = ByteBuffer()
        let query = Query(
            statement: "SELECT key FROM system.local",
            parameters: QueryParameters(consistency: .one)
        )
        machine.submit(.query(query), id: 1, deadline: 1_000, now: 0)
        machine.opened(0)
        for exchange in conversation {
            output.removeAll()
            machine.takeOutput(into: &output)
            let written = contents(output)
            #expect(written == exchange.request, "\(exchange.name)")
            unsafe exchange.response.withUnsafeBytes { unsafe machine.received($0, 0) }
        }
        guard case .ready(let negotiated)? = machine.nextAction(),
            case .complete(1, .success(let answer))? = machine.nextAction()
        else {
            Issue.record("the conversation is not understood")
            return
        }
        #expect(negotiated.compression == settings.compression)
        #expect(negotiated.authenticator == "org.apache.cassandra.auth.PasswordAuthenticator")
        #expect(try answer.rows?.first?.value("key") == "local")
    }

    @Test func `a wrong password is refused as a server refuses it`() throws {
        let conversation = try #require(
            Self.conversations.first { $0[0].version == .v5 && $0.last?.name == "auth-refused" }
        )
        var settings = ConnectionSettings()
        settings.credentials = Credentials(user: "cassandra", password: "wrong")
        let driver = MachineDriver(settings)
        var machine = ConnectionMachine(settings)
        machine.opened(0)
        for exchange in conversation {
            unsafe exchange.response.withUnsafeBytes { unsafe machine.received($0, 0) }
        }
        driver.machine = machine
        driver.pump()
        #expect(driver.errors.first?.serverError?.kind == .badCredentials)
        #expect(driver.isClosed)
    }
}
