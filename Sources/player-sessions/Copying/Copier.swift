import PlayerSessions

/// Copies everything one store remembers into another, several batches at a time.
struct Copier {
    let source: any SessionStore
    let target: any SessionStore
    let policy: RetryPolicy
    /// Called when everything up to the position is durable in the target.
    let advanced: (CopyTally, ExportPosition) throws(Failure) -> Void

    /// Enough that the target always has something to write while the source reads on.
    private static let maximumPendingBatches = 4

    /// Copies everything after the position; returns early if the user stops it.
    func run(after position: ExportPosition?) async throws {
        var tally = CopyTally()
        let export = try await source.export(after: position)
        var underWay: [(batch: ExportedEvents, delivery: Task<Void, any Error>)] = []
        // If one fails, cancel and await the others: the target must not be closed while they are in flight.
        func settleFirst() async throws {
            let (batch, delivery) = underWay.removeFirst()
            do {
                try await delivery.value
            } catch {
                for (_, delivery) in underWay {
                    delivery.cancel()
                    _ = await delivery.result
                }
                throw error
            }
            tally.sessions += batch.sessions
            tally.events += batch.events.count
            tally.share = batch.share
            try advanced(tally, batch.position)
        }
        var failure: (any Error)?
        reading: while true {
            do {
                guard let batch = try await next(of: export) else { break reading }
                underWay.append((batch, deliver(batch.events)))
            } catch {
                // The batches read before are still good: deliver them, then throw.
                failure = error
                break reading
            }
            if underWay.count == Copier.maximumPendingBatches { try await settleFirst() }
        }
        while !underWay.isEmpty { try await settleFirst() }
        if let failure { throw failure }
    }

    /// Returns the next batch of the source, or `nil` after the last one and if the user stops the copy.
    private func next(of export: any SessionExport) async throws -> ExportedEvents? {
        let start = ContinuousClock.now
        var postponement = Postponement()
        while !Interruption.isRequested {
            do throws(SessionStoreError) {
                return try await export.next()
            } catch {
                guard postponement.takes(error, by: policy, since: start) else { throw error }
            }
            try await Task.sleep(for: postponement.remaining(at: .now))
        }
        return nil
    }

    private func deliver(_ events: EventBatch) -> Task<Void, any Error> {
        Task { [target, policy] in
            let start = ContinuousClock.now
            var postponement = Postponement()
            while true {
                do throws(SessionStoreError) {
                    return try await target.append(events)
                } catch {
                    guard postponement.takes(error, by: policy, since: start) else { throw error }
                }
                try await Task.sleep(for: postponement.remaining(at: .now))
            }
        }
    }
}

extension Postponement {
    /// Returns whether to try again later, and schedules that: the store may succeed, and the patience lasts.
    fileprivate mutating func takes(
        _ error: SessionStoreError,
        by policy: RetryPolicy,
        since start: ContinuousClock.Instant
    ) -> Bool {
        error.kind == .overloaded && fail(by: policy, retryAfterSeconds: 0, lastSuccess: start) != nil
    }
}

/// How far a copy has come.
struct CopyTally: Sendable, Equatable {
    /// Sessions that are durable in the target.
    var sessions = 0
    /// Events of those sessions.
    var events = 0
    /// The share of the source that was read, 0 to 1, or `nil` if unknown.
    var share: Double?

    func progress(seconds: Double) -> Progress {
        var words = ["\(grouped(sessions)) sessions", "\(rate(sessions, seconds: seconds)) sessions/s"]
        if let share { words.insert("\(Int(share * 100))%", at: 0) }
        return Progress(share: share, words: words)
    }
}
