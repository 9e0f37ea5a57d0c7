import PlayerSessions

/// Tells one store all that another remembers, several stretches at a time.
struct Copier {
    let source: any SessionStore
    let target: any SessionStore
    let policy: RetryPolicy
    /// Called when everything up to the position is durable in the target.
    let advanced: (CopyTally, ExportPosition) throws(Failure) -> Void

    /// Enough that the target always has something to write while the source reads on.
    private static let stretchesUnderWay = 4

    /// Copies what comes after the position; returns early where the person stops it.
    func run(after position: ExportPosition?) async throws {
        var tally = CopyTally()
        let export = try await source.export(after: position)
        var underWay: [(stretch: ExportedEvents, delivery: Task<Void, any Error>)] = []
        // On the way out the target must not be closed under what is still on its way.
        func settleFirst() async throws {
            let (stretch, delivery) = underWay.removeFirst()
            do {
                try await delivery.value
            } catch {
                for (_, delivery) in underWay {
                    delivery.cancel()
                    _ = await delivery.result
                }
                throw error
            }
            tally.sessions += stretch.sessions
            tally.events += stretch.events.count
            tally.share = stretch.share
            try advanced(tally, stretch.position)
        }
        var failure: (any Error)?
        reading: while true {
            do {
                guard let stretch = try await next(of: export) else { break reading }
                underWay.append((stretch, deliver(stretch.events)))
            } catch {
                // What was read before is as good as ever.
                failure = error
                break reading
            }
            if underWay.count == Copier.stretchesUnderWay { try await settleFirst() }
        }
        while !underWay.isEmpty { try await settleFirst() }
        if let failure { throw failure }
    }

    /// The next stretch of the source, or `nil` behind the last and where the person stops the copy.
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
    /// Whether a store may do later what it did not now, and the patience lasts; then the next try is put off.
    fileprivate mutating func takes(
        _ error: SessionStoreError,
        by policy: RetryPolicy,
        since start: ContinuousClock.Instant
    ) -> Bool {
        error.kind == .overloaded && fail(by: policy, retryAfterSeconds: 0, lastSuccess: start) != nil
    }
}

/// What a copy did so far.
struct CopyTally: Sendable, Equatable {
    /// Sessions that are durable in the target.
    var sessions = 0
    /// Their events.
    var events = 0
    /// The share of the source that was read, 0 to 1, or `nil` where nobody knows.
    var share: Double?

    /// How far it came after so many seconds.
    func progress(seconds: Double) -> Progress {
        var words = ["\(grouped(sessions)) sessions", "\(rate(sessions, seconds: seconds)) sessions/s"]
        if let share { words.insert("\(Int(share * 100))%", at: 0) }
        return Progress(share: share, words: words)
    }
}
