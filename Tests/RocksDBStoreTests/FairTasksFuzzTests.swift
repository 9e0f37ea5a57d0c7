import Fuzzing
import PlayerSessions
import Synchronization
import Testing

@testable import RocksDBStore

@Suite struct FairTasksFuzzTests {
    // Strategy: tasks of few clients are added, taken and ended in random order.
    // Invariants: each task is taken once, in its client's order; no more of a client run than may; nothing is left over; no client is passed over more often than there are others.
    @Test func `whatever comes and goes, every task is taken once and in turn`() {
        fuzz(rounds: 50) { seed in
            var random = SeededRandom(seed: seed)
            var tasks = FairTasks(runningOfClient: 2)
            var added: [QueryClient: Int] = [:]
            var taken: [QueryClient: Int] = [:]
            var running: [QueryClient] = []
            var passedOver: [QueryClient: Int] = [:]
            let number = Mutex(0)
            func take() {
                guard let (client, task) = tasks.take() else { return }
                task()
                #expect(number.withLock { $0 } == taken[client, default: 0], "seed \(seed)")
                #expect(running.count { $0 == client } < 2, "seed \(seed)")
                taken[client, default: 0] += 1
                running.append(client)
                passedOver[client] = 0
                for (other, count) in added where other != client && count > taken[other, default: 0] {
                    // One that has as much running as it may has to wait for that, not for others.
                    guard running.count(where: { $0 == other }) < 2 else { continue }
                    passedOver[other, default: 0] += 1
                    #expect(passedOver[other, default: 0] <= 4, "seed \(seed)")
                }
            }
            for _ in 0..<300 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0, 1:
                    let client = QueryClient(UInt64.random(in: 0..<4, using: &random))
                    let place = added[client, default: 0]
                    if place == taken[client, default: 0] { passedOver[client] = 0 }
                    tasks.add({ number.withLock { $0 = place } }, of: client)
                    added[client] = place + 1
                case 2: take()
                default:
                    guard let ended = running.indices.randomElement(using: &random) else { continue }
                    tasks.ended(running.remove(at: ended))
                }
            }
            for client in running { tasks.ended(client) }
            running = []
            while tasks.count > 0 {
                take()
                if let client = running.popLast() { tasks.ended(client) }
            }
            #expect(added == taken, "seed \(seed)")
        }
    }
}
