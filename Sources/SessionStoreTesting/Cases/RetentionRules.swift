import PlayerSessions

/// The retention of most cases.
private let tenDays = Retention(days: 10)

extension StoreContract {
    /// What expires, what is remembered, what is forgotten.
    static let retentionCases = [
        ContractCase("a session is gone from every answer at the moment that its start expires") { trial in
            try await trial.reopen(retention: tenDays)
            let begin = trial.clock.now
            try await trial.append(start("p", "s", "FI", begin), end("p", "s", begin + 30 * day))
            trial.clock.set(begin + 10 * day - 1)
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 1]))
                try await $0.expectTop(id("p"), ["s"])
            }
            trial.clock.set(begin + 10 * day)
            try await trial.everywhere {
                try await $0.expectCounts(always, [:])
                try await $0.expectCounts(TrailingWindow(from: begin - 1, until: begin), [:])
                try await $0.expectTop(id("p"), [])
            }
        },
        ContractCase("a window is cut at what is expired, exactly") { trial in
            try await trial.reopen(retention: tenDays)
            let now = trial.clock.now
            let cutoff = now - 10 * day
            trial.clock.set(now - hour)
            try await trial.append(
                (-2...2).map { start("p", "s\($0)", "FI", cutoff + Int64($0)) }
                    + [start("q", "young", "US", now - day)]
            )
            trial.clock.set(now)
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 2, "US": 1]))
                try await $0.expectCounts(TrailingWindow(from: cutoff - 5, until: cutoff), [:])
                try await $0.expectCounts(
                    TrailingWindow(from: cutoff - 5, until: cutoff + 1),
                    counts(["FI": 1])
                )
                try await $0.expectCounts(
                    TrailingWindow(from: cutoff + 1, until: now),
                    counts(["FI": 1, "US": 1])
                )
                try await $0.expectCounts(TrailingWindow(from: cutoff - 5, until: cutoff - 4), [:])
            }
        },
        ContractCase("a late retry does not bring an expired session back") { trial in
            try await trial.reopen(retention: tenDays)
            let begin = trial.clock.now
            try await trial.append(start("p", "s", "FI", begin), end("p", "s", begin + day))
            try await trial.settle()
            trial.clock.set(begin + 10 * day)
            // The later start is absorbed by the start that is remembered; the later end changes nothing.
            try await trial.append(start("p", "s", "US", begin + day), end("p", "s", begin + 9 * day))
            try await trial.everywhere {
                try await $0.expectCounts(always, [:])
                try await $0.expectTop(id("p"), [])
            }
            trial.clock.set(begin + 20 * day - 1)
            try await trial.append(
                start("p", "s", "US", begin + 20 * day - 1),
                end("p", "s", begin + 21 * day)
            )
            try await trial.everywhere {
                try await $0.expectCounts(always, [:])
                try await $0.expectTop(id("p"), [])
            }
        },
        ContractCase("a start later than twice the retention begins the session anew") { trial in
            try await trial.reopen(retention: tenDays)
            let begin = trial.clock.now
            try await trial.append(start("p", "s", "FI", begin), end("p", "s", begin + day))
            try await trial.settle()
            trial.clock.set(begin + 20 * day)
            try await trial.append(start("p", "s", "US", begin + 19 * day))
            try await trial.everywhere { try await $0.expectCounts(always, counts(["US": 1])) }
            // The old end is before the new start: not complete until an end follows.
            try await trial.expectTop(id("p"), [])
            try await trial.append(end("p", "s", begin + 20 * day))
            try await trial.everywhere { try await $0.expectTop(id("p"), ["s"]) }
            trial.clock.set(begin + 29 * day)
            try await trial.everywhere {
                try await $0.expectCounts(always, [:])
                try await $0.expectTop(id("p"), [])
            }
        },
        ContractCase("a start that is forgotten leaves a younger end in force") { trial in
            try await trial.reopen(retention: tenDays)
            let begin = trial.clock.now
            try await trial.append(start("p", "s", "FI", begin), end("p", "s", begin + 18 * day))
            try await trial.settle()
            trial.clock.set(begin + 20 * day)
            try await trial.append(start("p", "s", "US", begin + 15 * day))
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["US": 1]))
                try await $0.expectTop(id("p"), ["s"])
            }
        },
        ContractCase("an end that is forgotten does not complete a session") { trial in
            try await trial.reopen(retention: tenDays)
            let begin = trial.clock.now
            try await trial.append(end("p", "s", begin))
            try await trial.settle()
            trial.clock.set(begin + 20 * day)
            try await trial.append(start("p", "s", "FI", begin + 11 * day))
            try await trial.everywhere { try await $0.expectTop(id("p"), []) }
            try await trial.append(end("p", "s", begin + 11 * day))
            try await trial.everywhere { try await $0.expectTop(id("p"), ["s"]) }
        },
        ContractCase("an event that expires on its way to the store does not show, but absorbs") { trial in
            try await trial.reopen(retention: tenDays)
            let now = trial.clock.now
            try await trial.append(start("p", "s", "FI", now - 11 * day), end("p", "s", now))
            try await trial.append(start("p", "s", "US", now - day))
            try await trial.everywhere {
                try await $0.expectCounts(always, [:])
                try await $0.expectTop(id("p"), [])
            }
        },
        ContractCase("an event older than twice the retention is as if it had never been received") { trial in
            try await trial.reopen(retention: tenDays)
            let now = trial.clock.now
            try await trial.append(start("p", "s", "FI", now - day), end("p", "s", now))
            try await trial.append(start("p", "s", "US", now - 20 * day), end("p", "t", now - 21 * day))
            try await trial.append(start("q", "u", "US", now - 20 * day), start("q", "u", "SE", now - day))
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 1, "SE": 1]))
                try await $0.expectTop(id("p"), ["s"])
            }
        },
        ContractCase("another retention acts at once") { trial in
            let now = trial.clock.now
            try await trial.append(
                (1...9).flatMap { age in
                    [
                        start("p", "s\(age)", "FI", now - Int64(age) * day),
                        end("p", "s\(age)", now - Int64(age) * hour),
                    ]
                }
            )
            // All are younger than twice the shortest retention: nothing is ever forgotten.
            for days in [0, 8, 6, 5, 7, 0, 20, 5] {
                try await trial.reopen(retention: Retention(days: days))
                let visible = days == 0 ? 9 : min(9, days - 1)
                try await trial.everywhere {
                    try await $0.expectCounts(always, visible == 0 ? [:] : counts(["FI": visible]))
                    try await $0.expectTop(id("p"), (1...visible).map { "s\($0)" })
                }
            }
        },
        ContractCase("time passes over many sessions, and each expires at its microsecond") { trial in
            try await trial.reopen(retention: Retention(days: 1))
            let begin = trial.clock.now
            for number in 0..<200 {
                try await trial.append(
                    start("p\(number % 3)", "s\(number)", "FI", trial.clock.now - Int64(number % 7) * hour),
                    end("p\(number % 3)", "s\(number)", trial.clock.now)
                )
                if number % 50 == 20 { try await trial.settle() }
                if number % 50 == 40 { try await trial.reopen() }
                trial.clock.advance(microseconds: hour / 2 + Int64(number % 2))
                try await trial.expectCounts(always)
                try await trial.expectCounts(TrailingWindow(from: begin, until: trial.clock.now - 20 * hour))
            }
            try await trial.everywhere { try await $0.expectAllTops() }
            trial.clock.advance(microseconds: 40 * day)
            try await trial.everywhere { try await $0.expectCounts(always, [:]) }
        },
    ]
}
