import Fuzzing
import PlayerSessions

extension StoreContract {
    /// Large amounts of one thing, which a store built for the usual case would get wrong.
    static let volumeCases = [
        ContractCase("an end that moves 5,000 times is one session with one end") { trial in
            try await trial.append(start("p", "s", "FI", midnight), start("p", "t", "FI", midnight))
            try await trial.append(end("p", "t", midnight + 2_500))
            for step in 0..<50 {
                try await trial.append((0..<100).map { end("p", "s", midnight + Int64(step * 100 + $0)) })
                if step % 17 == 5 { try await trial.settle() }
                try await trial.expectTop(id("p"), step < 25 ? ["t", "s"] : ["s", "t"])
            }
            try await trial.everywhere {
                try await $0.expectTop(id("p"), ["s", "t"])
                try await $0.expectTop(id("p"), limit: 1, ["s"])
            }
        },
        ContractCase("a start that moves 2,000 times counts once, where it is now") { trial in
            for step in 0..<100 {
                try await trial.append(
                    (0..<20).map {
                        start("p", "s", "FI", midnight + day - Int64(step * 20 + $0) * 7 * second)
                    }
                )
                if step % 30 == 5 { try await trial.settle() }
            }
            let last = midnight + day - 1_999 * 7 * second
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 1]))
                try await $0.expectCounts(TrailingWindow(from: last - 1, until: last), counts(["FI": 1]))
                try await $0.expectCounts(TrailingWindow(from: last, until: .latest), [:])
            }
        },
        ContractCase("a player of 5,000 sessions gets the latest of them") { trial in
            var random = SeededRandom(seed: 11)
            let numbers = (0..<5_000).shuffled(using: &random)
            for chunk in 0..<5 {
                try await trial.append(
                    numbers[(chunk * 1_000)..<(chunk * 1_000 + 1_000)].flatMap { number in
                        let at = midnight + Int64(number / 3) * second
                        return [start("p", "s\(number)", "FI", at), end("p", "s\(number)", at + minute)]
                    }
                )
                if chunk % 2 == 0 { try await trial.settle() }
            }
            // Old ends that arrive late, and sessions that never end.
            try await trial.append((0..<500).map { end("p", "s\($0)", midnight) })
            try await trial.append((0..<500).map { start("p", "open\($0)", "FI", midnight + day) })
            try await trial.everywhere {
                for limit in [1, 20, 99, 100] { try await $0.expectTop(id("p"), limit: limit) }
                try await $0.expectCounts(always, counts(["FI": 5_500]))
            }
        },
        ContractCase("a batch of 10,000 events is stored as a whole") { trial in
            try await trial.append(
                (0..<5_000).flatMap { number in
                    let at = midnight + Int64(number) * 37 * minute
                    let player = "player-\(number % 500)"
                    return [start(player, "s\(number)", "FI", at), end(player, "s\(number)", at + hour)]
                }
            )
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 5_000]))
                try await $0.expectCounts(
                    TrailingWindow(from: midnight + 3 * day, until: midnight + 40 * day)
                )
                try await $0.expectTop(id("player-499"))
            }
        },
        ContractCase("100,000 starts on one microsecond are each counted there") { trial in
            let batches = (0..<10).map { chunk in
                EventBatch(
                    (0..<10_000).map {
                        start("p\($0 % 100)", "\(chunk)-\($0)", chunk < 7 ? "FI" : "US", midnight)
                    }
                )
            }
            try await trial.appendConcurrently(batches, tasks: 3)
            let all = counts(["FI": 70_000, "US": 30_000])
            try await trial.everywhere {
                try await $0.expectCounts(TrailingWindow(from: midnight - 1, until: midnight), all)
                try await $0.expectCounts(TrailingWindow(from: midnight, until: midnight + day), [:])
                try await $0.expectCounts(TrailingWindow(from: midnight - day, until: midnight - 1), [:])
            }
            // Some move from the microsecond to the one before.
            try await trial.append((0..<100).map { start("p\($0 % 100)", "0-\($0)", "SE", midnight - 1) })
            try await trial.everywhere {
                try await $0.expectCounts(
                    TrailingWindow(from: midnight - 1, until: midnight),
                    counts(["FI": 69_900, "US": 30_000])
                )
                try await $0.expectCounts(
                    TrailingWindow(from: midnight - 2, until: midnight - 1),
                    counts(["SE": 100])
                )
            }
        },
    ]
}
