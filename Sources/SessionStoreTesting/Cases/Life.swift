import PlayerSessions

extension StoreContract {
    /// Concurrency, acknowledgement, closing and opening.
    static let lifeCases = [
        ContractCase("what was acknowledged is seen by the next query") { trial in
            for number in 0..<100 {
                let at = midnight + Int64(number) * minute
                try await trial.append(start("p", "s\(number)", "FI", at), end("p", "s\(number)", at))
                try await trial.expectCounts(always, counts(["FI": number + 1]))
                try await trial.expectTop(id("p"), limit: 1, ["s\(number)"])
            }
        },
        ContractCase("what was acknowledged survives closing and opening, many times") { trial in
            for number in 0..<12 {
                try await trial.append(start("p", "s\(number)", "FI", midnight + Int64(number)))
                try await trial.reopen()
                try await trial.append(end("p", "s\(number)", midnight + day))
                if number % 3 == 0 { try await trial.settle() }
                try await trial.reopen()
                try await trial.expectCounts(always, counts(["FI": number + 1]))
                try await trial.expectTop(id("p"))
            }
        },
        ContractCase("every append of many tasks is answered, and all count") { trial in
            let batches = (0..<400).map { number in
                EventBatch([
                    start("p\(number % 9)", "s\(number)", "FI", midnight + Int64(number)),
                    end("p\(number % 9)", "s\(number)", midnight + day),
                    start("shared", "s\(number % 5)", "US", midnight - Int64(number)),
                    end("shared", "s\(number % 5)", midnight + Int64(number)),
                ])
            }
            try await trial.appendConcurrently(batches, tasks: 16)
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 400, "US": 5]))
                try await $0.expectAllTops()
            }
        },
        ContractCase("one batch sent by many tasks at once counts once") { trial in
            let batch = EventBatch(
                (0..<10).flatMap { [start("p", "s\($0)", "FI", midnight), end("p", "s\($0)", midnight)] }
            )
            try await trial.appendConcurrently(Array(repeating: batch, count: 64), tasks: 16)
            try await trial.everywhere {
                try await $0.expectCounts(always, counts(["FI": 10]))
                try await $0.expectTop(id("p"), (0..<10).map { "s\($0)" })
            }
        },
        ContractCase("queries during appends see each session at most once") { trial in
            let store = trial.store
            let count = 300
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<2 {
                    group.addTask {
                        for number in stride(from: task, to: count, by: 2) {
                            let batch = EventBatch([
                                start("p", "s\(number % 40)", "FI", midnight - Int64(number)),
                                end("p", "s\(number % 40)", midnight + Int64(number)),
                            ])
                            try await store.append(batch)
                        }
                    }
                }
                for _ in 0..<60 {
                    let total = try await store.sessionStarts(in: always).values.reduce(0, +)
                    let top = try await store.completeSessions(of: id("p"), limit: 100)
                    let isSorted = zip(top, top.dropFirst()).allSatisfy { $0.precedes($1) }
                    if total > 40 || Set(top.map(\.sessionID)).count != top.count || !isSorted {
                        throw ContractViolation(
                            "40 sessions whose starts and ends move",
                            expected: "at most 40, each once, in order",
                            got: "total \(total), top \(top.map { "\($0.sessionID) \($0.end)" })"
                        )
                    }
                }
                try await group.waitForAll()
            }
        },
        ContractCase("a closed store refuses appends and queries, and says that it is not ready") { trial in
            try await trial.append(start("p", "s", "FI", midnight))
            await trial.store.close()
            do {
                try await trial.store.append(EventBatch([start("p", "t", "FI", midnight)]))
                throw ContractViolation("an append after closing", expected: "refused", got: "acknowledged")
            } catch let error as SessionStoreError {
                guard error.kind == .closing else {
                    throw ContractViolation("an append after closing", expected: "closing", got: "\(error)")
                }
            }
            guard trial.store.unreadiness != nil else {
                throw ContractViolation("readiness after closing", expected: "a reason", got: "ready")
            }
            if let answer = try? await trial.store.sessionStarts(in: always) {
                throw ContractViolation("a count after closing", expected: "refused", got: "\(answer)")
            }
            try await trial.reopen()
            try await trial.expectCounts(always, counts(["FI": 1]))
        },
        ContractCase("closing finishes what was taken: acknowledged is kept, refused can be sent again") {
            trial in
            let batches = (0..<200).map { EventBatch([start("p", "s\($0)", "FI", midnight + Int64($0))]) }
            let store = trial.store
            try await withThrowingTaskGroup(of: (EventBatch, Bool).self) { group in
                for batch in batches {
                    group.addTask {
                        do {
                            try await store.append(batch)
                            return (batch, true)
                        } catch let error as SessionStoreError where error.kind == .closing {
                            return (batch, false)
                        }
                    }
                }
                await store.close()
                try await trial.reopen()
                var refused: [EventBatch] = []
                for try await (batch, isAcknowledged) in group where !isAcknowledged { refused.append(batch) }
                let kept = try await trial.store.sessionStarts(in: always).values.reduce(0, +)
                if kept < batches.count - refused.count {
                    throw ContractViolation(
                        "starts kept after closing",
                        expected: "at least \(batches.count - refused.count)",
                        got: "\(kept)"
                    )
                }
                try await trial.appendConcurrently(batches, tasks: 4)
                try await trial.expectCounts(always, counts(["FI": batches.count]))
            }
        },
    ]
}
