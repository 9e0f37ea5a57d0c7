import Dispatch
import PlayerSessions
import Synchronization
import Testing

@testable import RocksDBStore

@Suite struct ReaderPoolTests {
    private let greedy = QueryClient(1)
    private let modest = QueryClient(2)

    @Test func `a client's query does not wait for any of another's, however many and long they are`()
        async throws
    {
        let pool = try ReaderPool(threads: 3)
        let release = DispatchSemaphore(value: 0)
        let queries = (0..<16).map { _ in
            Task { [greedy] in
                try await pool.run(for: greedy) { () -> Result<Int, SessionStoreError> in
                    release.wait()
                    return .success(1)
                }
            }
        }
        // Whether the other's long queries have begun or wait: this one ends while none of them can.
        for number in 0..<50 {
            #expect(try await pool.run(for: modest) { .success(number) } == number)
        }
        for _ in queries { release.signal() }
        for query in queries { #expect(try await query.value == 1) }
        try await onThread { pool.close() }
    }

    @Test func `one client alone has its queries run side by side`() async throws {
        let pool = try ReaderPool(threads: 3)
        let arrived = Monitor(0)
        // Each ends only when the other has begun.
        let queries = (0..<2).map { _ in
            Task { [greedy] in
                try await pool.run(for: greedy) { () -> Result<Int, SessionStoreError> in
                    arrived.withLock(notify: true) { $0 += 1 }
                    return .success(arrived.wait { $0 == 2 ? 2 : nil })
                }
            }
        }
        for query in queries { #expect(try await query.value == 2) }
        try await onThread { pool.close() }
    }

    @Test func `what waits when the pool closes is answered, and what comes later is refused`() async throws {
        let pool = try ReaderPool(threads: 2)
        let release = DispatchSemaphore(value: 0)
        let began = Monitor(0)
        let queries = (0..<5).map { _ in
            Task { [greedy] in
                try await pool.run(for: greedy) { () -> Result<Int, SessionStoreError> in
                    began.withLock(notify: true) { $0 += 1 }
                    release.wait()
                    return .success(1)
                }
            }
        }
        _ = began.wait { $0 > 0 ? true : nil }
        async let closed: Void = onThread { pool.close() }
        for _ in queries { release.signal() }
        var answered = 0
        for query in queries where (try? await query.value) != nil { answered += 1 }
        try await closed
        #expect(answered >= 1)
        await #expect(throws: SessionStoreError.self) { try await pool.run(for: greedy) { .success(1) } }
    }
}
