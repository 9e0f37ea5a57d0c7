import HTTPServer
import Logging
import SessionStoreTesting
import Synchronization
import Testing

@testable import SessionService

struct RefusalTests {
    private final class Lines: Sendable {
        let written = Mutex<[[String]]>([])

        var logger: Logger {
            Logger { _, message, values in
                self.written.withLock { $0.append([message] + values.map { "\($0.0)=\($0.1)" }) }
            }
        }
    }

    @Test func `refused connections are logged once a minute for each reason, with their number`()
        throws
    {
        let lines = Lines()
        let test = try TestService(logger: lines.logger)
        for _ in 0..<1_000 { test.service.observe(.connectionRefused(.tooManyConnections)) }
        test.service.observe(.connectionRefused(.tooManyConnectionsOfAddress))
        test.service.observe(.acceptPaused(reason: "too many open files", hint: "raise the limit"))
        test.clock.advance(microseconds: 60_000_000)
        test.service.observe(.connectionRefused(.tooManyConnections))
        let written = lines.written.withLock { $0 }
        #expect(
            written.map { Array($0.prefix(2)) } == [
                ["connections are refused", "reason=too-many-connections"],
                ["connections are refused", "reason=too-many-connections-of-address"],
                ["connections have to wait", "reason=too many open files"],
                ["connections are refused", "reason=too-many-connections"],
            ]
        )
        #expect(written.map { $0.dropFirst(3) } == [[], [], [], ["left_out=999"]])
        #expect(written.allSatisfy { $0[2].hasPrefix("hint=") })
        #expect(test.metric("player_sessions_accept_pauses_total") == "1")
        let refused = "player_sessions_connections_refused_total"
        #expect(test.metric(refused + #"{reason="too-many-connections"}"#) == "1001")
        #expect(test.metric(refused + #"{reason="out-of-descriptors"}"#) == "0")
    }
}
