import Fuzzing
import Testing

@testable import FairSharing

@Suite struct FairQueueFuzzTests {
    // Strategy: tasks of few clients are added, taken and ended in random order.
    // Invariants: each task is taken once, in its client's order; no more of a client run than may; nothing is left over; no client is passed over more often than there are others.
    @Test func `whatever comes and goes, every task is taken once and in turn`() {
        fuzz(rounds: 50) { seed in
            var random = SeededRandom(seed: seed)
            var tasks = FairQueue<UInt64, Int>(runningOfClient: 2)
            var added: [UInt64: Int] = [:]
            var taken: [UInt64: Int] = [:]
            var running: [UInt64] = []
            var passedOver: [UInt64: Int] = [:]
            func take() {
                guard let (client, task) = tasks.take() else { return }
                #expect(task == taken[client, default: 0], "seed \(seed)")
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
                    let client = UInt64.random(in: 0..<4, using: &random)
                    let place = added[client, default: 0]
                    if place == taken[client, default: 0] { passedOver[client] = 0 }
                    tasks.add(place, of: client)
                    added[client] = place + 1
                    #expect(tasks.count(of: client) == place + 1 - taken[client, default: 0], "seed \(seed)")
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
            for client in added.keys { #expect(tasks.count(of: client) == 0, "seed \(seed)") }
        }
    }
}
