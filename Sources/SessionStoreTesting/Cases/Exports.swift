import PlayerSessions

extension StoreContract {
    /// Exports of all that is remembered, for another store to receive.
    static let exportCases = [
        ContractCase("an empty store exports nothing") { trial in
            if try await trial.store.export(after: nil).next() != nil {
                throw ContractViolation("export of an empty store", expected: "nothing", got: "a batch")
            }
        },
        ContractCase("an export gives the start and the end of every session, each as it is known") { trial in
            try await trial.append(
                start("p", "complete", "FI", midnight),
                start("p", "complete", "SE", midnight - 1),
                end("p", "complete", midnight),
                end("p", "complete", midnight + 1),
                start("p", "open", "US", midnight),
                end("p", "startless", midnight),
                start("q", "backwards", "AX", midnight),
                end("q", "backwards", midnight - day)
            )
            for (number, text) in awkwardIDs.enumerated() {
                try await trial.append([
                    SessionEvent(
                        .start(country("FI")),
                        playerID: text,
                        sessionID: awkwardIDs[(number + 1) % awkwardIDs.count],
                        timestamp: midnight
                    )
                ])
            }
            try await trial.everywhere { try await $0.expectExport() }
        },
        ContractCase("an export goes on where another ended, over many stretches") { trial in
            let events = (0..<6_000).flatMap { number in
                [
                    start("p\(number % 7)", "s\(number)", "FI", midnight + Int64(number)),
                    end("p\(number % 7)", "s\(number)", midnight + day),
                ]
            }
            for first in stride(from: 0, to: events.count, by: 1_000) {
                try await trial.append(Array(events[first..<min(first + 1_000, events.count)]))
            }
            try await trial.everywhere {
                try await $0.expectExport()
                try await $0.expectExport(resuming: true)
            }
        },
        ContractCase("an export has what is expired and remembered, and nothing that is forgotten") { trial in
            try await trial.reopen(retention: Retention(days: 10))
            let now = trial.clock.now
            try await trial.append(
                start("p", "old", "FI", now - 9 * day),
                end("p", "old", now - 8 * day),
                start("p", "new", "FI", now)
            )
            for days in [0, 5, 5, 3] {
                trial.clock.advance(microseconds: Int64(days) * day)
                try await trial.everywhere { try await $0.expectExport() }
            }
        },
        ContractCase("what is appended after an export began does not stop it") { trial in
            for number in 0..<500 {
                try await trial.append(start("p", "s\(number)", "FI", midnight + Int64(number)))
            }
            let export = try await trial.store.export(after: nil)
            var seen = 0
            while let batch = try await export.next() {
                seen += batch.sessions
                try await trial.append(start("p", "late\(seen)", "SE", midnight))
            }
            if seen < 500 {
                throw ContractViolation("sessions of the export", expected: "500 at least", got: "\(seen)")
            }
            try await trial.expectExport()
        },
    ]
}
