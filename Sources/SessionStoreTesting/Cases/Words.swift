import PlayerSessions

extension StoreContract {
    /// The rules of the contract's table of words.
    static let wordsCases = [
        ContractCase("an empty store answers nothing") { trial in
            try await trial.expectCounts(always, [:])
            try await trial.expectTop(id("nobody"), [])
        },
        ContractCase("an empty batch succeeds and changes nothing") { trial in
            try await trial.append([])
            try await trial.expectCounts(always, [:])
        },
        ContractCase("a session counts with its start alone") { trial in
            try await trial.append(start("p", "s", "FI", midnight))
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 1]))
                try await $0.expectTop(id("p"), [])
            }
        },
        ContractCase("an end without a start shows nowhere") { trial in
            try await trial.append(end("p", "s", midnight))
            try await trial.everywhere {
                try await $0.expectCounts(always, [:])
                try await $0.expectTop(id("p"), [])
            }
        },
        ContractCase("a session is complete when the end comes first, in one batch or in two") { trial in
            try await trial.append(end("p", "a", midnight + 5))
            try await trial.append(start("p", "a", "FI", midnight))
            try await trial.append(end("p", "b", midnight + 4), start("p", "b", "US", midnight))
            try await trial.everywhere {
                try await $0.expectTop(id("p"), ["a", "b"])
                try await $0.expectCounts(always, counts(["FI": 1, "US": 1]))
            }
        },
        ContractCase("an end at the start completes a session, one before it does not") { trial in
            try await trial.append(start("p", "a", "FI", midnight), end("p", "a", midnight))
            try await trial.append(start("p", "b", "FI", midnight), end("p", "b", midnight - 1))
            try await trial.everywhere {
                try await $0.expectTop(id("p"), ["a"])
                try await $0.expectCounts(always, counts(["FI": 2]))
            }
            try await trial.append(start("p", "b", "FI", midnight - 1))
            try await trial.everywhere { try await $0.expectTop(id("p"), ["a", "b"]) }
        },
        ContractCase("the earliest start is the session's, with its country") { trial in
            try await trial.append(start("p", "s", "FI", midnight), end("p", "s", midnight + day))
            try await trial.append(start("p", "s", "US", midnight + 1))
            try await trial.everywhere { try await $0.expectCounts(always, counts(["FI": 1])) }
            try await trial.append(start("p", "s", "US", midnight - 1))
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["US": 1]))
                try await $0.expectTop(id("p"), ["s"])
            }
        },
        ContractCase("of starts at one instant the country that sorts last counts") { trial in
            for code in ["FI", "9Z", "AA", "FJ", "T1", "FI", "TA", "T9", "ZZ", "FJ"] {
                try await trial.append(start("p", "s", code, midnight))
                try await trial.expectCounts(TrailingWindow(from: midnight - 1, until: midnight))
            }
            try await trial.append(end("p", "s", midnight))
            try await trial.append(start("p", "one", "SE", midnight), start("p", "one", "9Z", midnight))
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["SE": 1, "ZZ": 1]))
                try await $0.expectTop(id("p"), ["s"])
            }
        },
        ContractCase("the latest end is the session's") { trial in
            try await trial.append(start("p", "a", "FI", midnight), start("p", "b", "FI", midnight))
            try await trial.append(end("p", "a", midnight + 9), end("p", "b", midnight + 5))
            try await trial.everywhere { try await $0.expectTop(id("p"), ["a", "b"]) }
            try await trial.append(end("p", "a", midnight + 1), end("p", "b", midnight + 10))
            try await trial.everywhere { try await $0.expectTop(id("p"), ["b", "a"]) }
        },
        ContractCase("a start moves earlier across seconds, minutes, hours, days, months and years") {
            trial in
            let beginning = midnight + 10
            try await trial.append(end("p", "s", midnight + day))
            let steps = [0, 1, second, minute, hour, day, 31 * day, 366 * day, 46 * 365 * day]
            for (index, step) in steps.enumerated() {
                let code = index % 2 == 0 ? "FI" : "US"
                try await trial.append(start("p", "s", code, beginning - step))
                if index % 3 == 1 { try await trial.settle() }
                if index % 3 == 2 { try await trial.reopen() }
                try await trial.expectCounts(always, counts([code: 1]))
                for earlier in steps.prefix(index + 1) {
                    let at = beginning - earlier
                    let one = TrailingWindow(from: at - 1, until: at)
                    try await trial.expectCounts(one, earlier == step ? counts([code: 1]) : [:])
                }
                try await trial.expectTop(id("p"), ["s"])
            }
        },
        ContractCase("a session is its player and its session id together") { trial in
            try await trial.append(
                start("ab", "c", "FI", midnight),
                end("ab", "c", midnight),
                start("a", "bc", "US", midnight),
                end("a", "bc", midnight),
                start("a", "c", "SE", midnight)
            )
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 1, "US": 1, "SE": 1]))
                try await $0.expectTop(id("ab"), ["c"])
                try await $0.expectTop(id("a"), ["bc"])
            }
        },
        ContractCase("a repeated batch changes nothing, however often") { trial in
            let events = (0..<10).flatMap { number in
                [
                    start("p", "s\(number)", "FI", midnight + Int64(number)),
                    end("p", "s\(number)", midnight + day),
                ]
            }
            for _ in 0..<3 {
                try await trial.append(events)
                try await trial.append(events.reversed())
                try await trial.append(events + events)
                try await trial.everywhere { try await $0.expectCounts(always, counts(["FI": 10])) }
            }
            try await trial.expectAllTops()
        },
        ContractCase("every country counts for itself") { trial in
            let events = (0..<CountryCode.count).map { ordinal in
                SessionEvent(
                    .start(CountryCode(ordinal: ordinal)),
                    playerID: id("p\(ordinal % 7)"),
                    sessionID: id("s\(ordinal)"),
                    timestamp: midnight + Int64(ordinal % 3)
                )
            }
            try await trial.append(events)
            try await trial.everywhere {
                try await $0.expectCounts(always)
                try await $0.expectCounts(TrailingWindow(from: midnight, until: midnight + 1))
            }
        },
    ]
}
