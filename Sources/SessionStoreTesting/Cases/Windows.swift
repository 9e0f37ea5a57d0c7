import Fuzzing
import PlayerSessions

extension StoreContract {
    /// Exact windows: (from, until], to the microsecond.
    static let windowCases = [
        ContractCase("a window is open at its beginning and closed at its end") { trial in
            try await trial.append(start("p", "s", "FI", midnight))
            try await trial.everywhere {
                let one = counts(["FI": 1])
                try await $0.expectCounts(TrailingWindow(from: midnight - 1, until: midnight), one)
                try await $0.expectCounts(TrailingWindow(from: midnight, until: midnight + 1), [:])
                try await $0.expectCounts(TrailingWindow(from: midnight - hour, until: midnight), one)
                try await $0.expectCounts(TrailingWindow(from: midnight - hour, until: midnight - 1), [:])
                try await $0.expectCounts(TrailingWindow(from: midnight, until: midnight + hour), [:])
                try await $0.expectCounts(TrailingWindow(from: midnight - 1, until: midnight + hour), one)
            }
        },
        ContractCase("a window slides by the microsecond over every kind of boundary") { trial in
            let boundaries = [
                "2016-02-29T12:34:56Z", "2016-02-29T12:35:00Z", "2016-02-29T13:00:00Z",
                "2016-03-01T00:00:00Z", "2017-01-01T00:00:00Z", "2000-03-01T00:00:00Z",
                "2100-03-01T00:00:00Z",
            ].map(instant)
            let offsets: [Int64] = [-1, 0, 1]
            for (index, boundary) in boundaries.enumerated() {
                try await trial.append(
                    offsets.map { start("p\(index)", "s\($0)", "FI", boundary + $0) }
                )
            }
            try await trial.everywhere { trial in
                for boundary in boundaries {
                    for from in -2...2 {
                        for until in (from + 1)..<4 {
                            try await trial.expectCounts(
                                TrailingWindow(from: boundary + Int64(from), until: boundary + Int64(until))
                            )
                        }
                    }
                }
                for from in boundaries {
                    for until in boundaries where from < until {
                        for (low, high) in [(-2, -1), (-1, 0), (0, 1), (1, -2)] as [(Int64, Int64)] {
                            try await trial.expectCounts(
                                TrailingWindow(from: from + low, until: until + high)
                            )
                        }
                    }
                }
            }
        },
        ContractCase("windows of every length are exact, from 1 µs to 100 years") { trial in
            let until = instant("2016-12-02T13:00:00.5Z")
            let lengths: [Int64] = [
                1, 2, 999, 1_000, second - 1, second, second + 1, 59 * second, minute, minute + 1,
                hour - 1, hour, 25 * hour, day, 7 * day, 30 * day, 31 * day, 365 * day, 10 * 365 * day,
                876_600 * hour,
            ]
            try await trial.append(
                lengths.filter { $0 <= until.microseconds }.enumerated().map { index, length in
                    start("p\(index % 3)", "s\(index)", index % 2 == 0 ? "FI" : "US", until - length)
                }
            )
            try await trial.everywhere { trial in
                for length in lengths {
                    for extra: Int64 in [-1, 0, 1] where length + extra > 0 {
                        try await trial.expectCounts(
                            TrailingWindow(from: until - length - extra, until: until)
                        )
                    }
                }
            }
        },
        ContractCase("the first and the last instant of an event count") { trial in
            try await trial.append(
                start("p", "first", "FI", .earliest),
                end("p", "first", .latest),
                start("p", "last", "US", .latest),
                end("p", "last", .latest)
            )
            try await trial.everywhere {
                let first = counts(["FI": 1])
                let last = counts(["US": 1])
                let century = 876_600 * hour
                try await $0.expectCounts(TrailingWindow(from: .earliest - century, until: .earliest), first)
                try await $0.expectCounts(TrailingWindow(from: .earliest - 1, until: .earliest), first)
                try await $0.expectCounts(TrailingWindow(from: .earliest, until: .latest - 1), [:])
                try await $0.expectCounts(TrailingWindow(from: .earliest, until: .latest), last)
                try await $0.expectCounts(TrailingWindow(from: .latest - 1, until: .latest), last)
                try await $0.expectCounts(TrailingWindow(from: .latest - century, until: .latest), last)
                try await $0.expectTop(id("p"), ["first", "last"])
            }
        },
        ContractCase("a window before 1970 is empty") { trial in
            try await trial.append(start("p", "s", "FI", .earliest))
            try await trial.everywhere {
                let before = TrailingWindow(from: .earliest - 876_600 * hour, until: .earliest - 1)
                try await $0.expectCounts(before, [:])
                try await $0.expectCounts(TrailingWindow(from: .earliest - 5, until: .earliest - 4), [:])
            }
        },
        ContractCase("a dense second is exact at every microsecond") { trial in
            var random = SeededRandom(seed: 7)
            let events = (0..<2_000).map { number in
                let at = midnight - second + Int64.random(in: 0..<(3 * second), using: &random)
                return start("p\(number % 50)", "s\(number)", ["FI", "SE", "US"][number % 3], at)
            }
            try await trial.append(events)
            let instants = events.map(\.timestamp)
            try await trial.everywhere { trial in
                var random = SeededRandom(seed: 8)
                for _ in 0..<60 {
                    let from = random.element(of: instants) + Int64.random(in: -1...1, using: &random)
                    let until = random.element(of: instants) + Int64.random(in: -1...1, using: &random)
                    guard from < until else { continue }
                    try await trial.expectCounts(TrailingWindow(from: from, until: until))
                }
            }
        },
        ContractCase("a count sees starts in the future where its window does") { trial in
            let now = trial.clock.now
            try await trial.append(start("p", "s", "FI", now + hour), end("p", "s", now + hour))
            try await trial.everywhere {
                try await $0.expectCounts(TrailingWindow(from: now - day, until: now), [:])
                try await $0.expectCounts(TrailingWindow(from: now, until: now + hour), counts(["FI": 1]))
                try await $0.expectTop(id("p"), ["s"])
            }
        },
    ]
}
