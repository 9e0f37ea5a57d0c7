import PlayerSessions

extension StoreContract {
    /// Any order, any repetition and any split of the same events gives the same results.
    static let commutativityCases = (1...4).map { seed in
        ContractCase("two orders and splits of the same events agree, seed \(seed)") { trial in
            let shape = EventHistory.Shape(
                playerIDs: ["a", "b", "ab"].map(id),
                sessionIDs: (0..<12).map { id("s\($0)") },
                earliest: midnight - 2 * day,
                latest: midnight + 2 * day
            )
            var history = EventHistory(seed: UInt64(seed), shape: shape)
            let events = history.events(150)
            let windows = (0..<60).map { _ in history.window() } + [always]

            // The second round has players of its own, so that it adds nothing to the first one's sessions.
            var firstCounts: [StartCounts] = []
            for telling in ["1", "2"] {
                let told = events.map { event in
                    var event = event
                    event.playerID = id(telling + event.playerID.description)
                    return event
                }
                let batches = history.batches(of: told, maximumCount: telling == "1" ? 3 : 40)
                for (index, batch) in batches.enumerated() {
                    try await trial.append(batch.events)
                    if index == batches.count / 3 { try await trial.settle() }
                    if index == batches.count / 2 { try await trial.reopen() }
                }
                if telling == "1" {
                    for window in windows {
                        firstCounts.append(try await trial.store.sessionStarts(in: window))
                    }
                }
            }

            for (window, first) in zip(windows, firstCounts) {
                let both = try await trial.store.sessionStarts(in: window)
                guard both == first.mapValues({ $0 * 2 }) else {
                    throw ContractViolation(
                        "seed \(seed): starts in (\(window.from), \(window.until)] after two tellings",
                        expected: "twice \(first)",
                        got: "\(both)"
                    )
                }
            }
            for player in shape.playerIDs {
                let first = try await trial.store.completeSessions(of: id("1\(player)"), limit: 100)
                let other = try await trial.store.completeSessions(of: id("2\(player)"), limit: 100)
                guard first == other else {
                    throw ContractViolation(
                        "seed \(seed): sessions of \(player) after two tellings",
                        expected: "\(first)",
                        got: "\(other)"
                    )
                }
            }
            try await trial.everywhere { trial in
                for window in windows { try await trial.expectCounts(window, nil, "seed \(seed):") }
                try await trial.expectAllTops("seed \(seed):")
            }
        }
    }
}
