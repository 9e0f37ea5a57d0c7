import PlayerSessions

extension StoreContract {
    /// A player's latest complete sessions: which, in which order, how many.
    static let topCases = [
        ContractCase("the latest end comes first, and equal ends come by id, byte by byte") { trial in
            try await trial.append(
                ["b", "aa", "a", "B", "ab", "~", "é"].flatMap {
                    [start("p", $0, "FI", midnight), end("p", $0, midnight + 7)]
                } + [start("p", "z", "FI", midnight), end("p", "z", midnight + 8)]
            )
            try await trial.everywhere {
                try await $0.expectTop(id("p"), ["z", "B", "a", "aa", "ab", "b", "~", "é"])
                try await $0.expectTop(id("p"), limit: 3, ["z", "B", "a"])
                try await $0.expectTop(id("p"), limit: 1, ["z"])
            }
        },
        ContractCase("session ids of every kind stay apart and sort byte by byte") { trial in
            for chunk in 0..<4 {
                let ids = awkwardIDs.enumerated().filter { $0.offset % 4 == chunk }.map(\.element)
                try await trial.append(
                    ids.flatMap { sessionID in
                        let player = id("p")
                        return [
                            SessionEvent(
                                .start(country("FI")),
                                playerID: player,
                                sessionID: sessionID,
                                timestamp: midnight
                            ),
                            SessionEvent(
                                .end,
                                playerID: player,
                                sessionID: sessionID,
                                timestamp: midnight + 1
                            ),
                        ]
                    }
                )
            }
            let sorted = awkwardIDs.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            try await trial.everywhere { trial in
                try await trial.expectTop(id("p"), sorted.map(\.description))
                try await trial.expectCounts(always, counts(["FI": awkwardIDs.count]))
            }
        },
        ContractCase("player ids of every kind stay apart") { trial in
            try await trial.append(
                awkwardIDs.enumerated().flatMap { index, player in
                    (0...(index % 3)).flatMap { number in
                        let session = id("\(index)-\(number)")
                        return [
                            SessionEvent(
                                .start(country("FI")),
                                playerID: player,
                                sessionID: session,
                                timestamp: midnight
                            ),
                            SessionEvent(
                                .end,
                                playerID: player,
                                sessionID: session,
                                timestamp: midnight + Int64(number)
                            ),
                        ]
                    }
                }
            )
            try await trial.everywhere { trial in
                for (index, player) in awkwardIDs.enumerated() {
                    let expected = (0...(index % 3)).reversed().map { "\(index)-\($0)" }
                    try await trial.expectTop(player, expected)
                }
                for stranger in ["aaaa", "\u{FFFD}\u{FFFD}", String(repeating: "x", count: 126)] {
                    try await trial.expectTop(id(stranger), [])
                }
            }
        },
        ContractCase("a limit from 1 to 100 gives as many, where there are as many") { trial in
            try await trial.append(
                (0..<120).flatMap { number in
                    [
                        start("p", "s\(number)", "FI", midnight),
                        end("p", "s\(number)", midnight + Int64(number / 2)),
                    ]
                }
            )
            try await trial.append(start("p", "open", "FI", midnight), end("p", "early", midnight + 900))
            try await trial.everywhere { trial in
                for limit in 1...maximumSessionsPerResponse {
                    try await trial.expectTop(id("p"), limit: limit)
                }
            }
        },
        ContractCase("an end that moves moves the session, and leaves nothing behind") { trial in
            for number in 0..<3 {
                try await trial.append(
                    start("p", "s\(number)", "FI", midnight),
                    end("p", "s\(number)", midnight)
                )
            }
            for step in 1...60 {
                try await trial.append(end("p", "s\(step % 3)", midnight + Int64(step) * second))
                if step % 20 == 7 { try await trial.settle() }
                if step % 20 == 13 { try await trial.reopen() }
                try await trial.expectTop(id("p"), limit: 1, ["s\(step % 3)"])
                try await trial.expectTop(id("p"))
            }
        },
        ContractCase("a session shows with the country and start that it has now") { trial in
            try await trial.append(start("p", "s", "FI", midnight), end("p", "s", midnight + day))
            try await trial.settle()
            try await trial.append(start("p", "s", "US", midnight))
            try await trial.everywhere { try await $0.expectTop(id("p"), ["s"]) }
            try await trial.append(start("p", "s", "AA", midnight - 31 * day))
            try await trial.everywhere { try await $0.expectTop(id("p"), ["s"]) }
        },
    ]
}
