import PlayerSessions

/// The store without its shell: what it does on a cluster, on any executor.
struct StoreCore: Sendable {
    let access: ClusterAccess
    let retention: Retention
    let writer: SessionWriter
    let counts: SharedCounts
    let top: LatestSessionsQuery
    let flusher: Flusher
    let staleEnds: StaleEnds
    private let buckets: MonthList

    /// How many sessions of a batch are stored concurrently.
    static let width = 128

    init(
        _ cluster: any Cluster,
        surroundings: Surroundings,
        retention: Retention,
        batchTime: BatchTime? = nil,
        rules: ProtocolRules = ProtocolRules()
    ) {
        let access = ClusterAccess(cluster: cluster, surroundings: surroundings, batchTime: batchTime)
        let lifetime = Lifetime(retention: retention)
        let buckets = MonthList(access)
        self.access = access
        self.retention = retention
        staleEnds = StaleEnds(access)
        flusher = Flusher(
            access: access,
            rules: rules,
            lifetime: lifetime,
            watch: RegistrationWatch(),
            copies: HourCopies(access, lifetime: lifetime),
            garbage: FlushedLogs(access, rules: rules)
        )
        writer = SessionWriter(
            access: access,
            rules: rules,
            lifetime: lifetime,
            registrar: Registrar(access, rules: rules, lifetime: lifetime, buckets: buckets),
            flusher: flusher,
            staleEnds: staleEnds,
            requests: RequestNumbers(surroundings)
        )
        let counter = StartCounter(access: access, rules: rules)
        counts = SharedCounts { window throws(ClusterError) in try await counter.count(window) }
        top = LatestSessionsQuery(access: access, retention: retention)
        self.buckets = buckets
    }

    /// Flushes the months that this process is registered in, about every half second, beside `Registrar.renew`.
    ///
    /// With several processes, each flushes a month proportionally less often, so that the total rate stays the same.
    func flush(didFlush: @Sendable () -> Void = {}) async throws(ClusterError) {
        var failure: ClusterError?
        for bucket in writer.registrar.activeBuckets {
            let writers = writer.registrar.writers(of: bucket)
            if access.surroundings.random(below: max(1, writers)) > 0 { continue }
            do throws(ClusterError) {
                if case .done = try await flusher.flush(bucket) { didFlush() }
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        try await settleDoubts()
    }

    /// Settles what this process logged under former ids, and others passed over since tables were set back.
    ///
    /// A month that fails is reviewed later and does not hold up the others; the first error is thrown at the end.
    private func settleDoubts() async throws(ClusterError) {
        var failure: ClusterError?
        for (bucket, places) in writer.registrar.takeDoubts().sorted(by: { $0.key < $1.key }) {
            do throws(ClusterError) { try await settle(places, of: bucket) } catch {
                writer.registrar.doubt(places, in: bucket)
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func settle(_ places: [Place], of bucket: Int64) async throws(ClusterError) {
        let reader = MonthReader(access: access, bucket: bucket)
        try await flusher.finishFormer(reader, try await reader.stateSerially())
        let review = LogReview(access: access, bucket: bucket)
        for place in places {
            for entry in try await review.missing(in: place) { try await writer.settle(entry) }
        }
    }

    /// Forgets what this process believes the cluster to hold, because tables were truncated or restored, and registers
    /// again where it has logged starts recently.
    func forget() async throws(ClusterError) {
        flusher.forget()
        staleEnds.forget()
        // First, even if the requests below fail: nothing more may be acknowledged under the former registrations.
        writer.registrar.distrust()
        try await buckets.registerAgain()
        await writer.registrar.registerAgain()
    }

    /// Recomputes all sums; see `Rebuild`.
    func rebuild(
        waits: Bool = true,
        isStopped: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (Rebuild.Progress) -> Void = { _ in }
    ) async throws(ClusterError) -> Int? {
        let rebuild = Rebuild(
            writer: writer,
            buckets: buckets,
            isStopped: isStopped,
            report: report
        )
        return try await rebuild.run(waits: waits)
    }

    /// Stores a batch; after an error nothing is promised about any of its sessions.
    func store(_ batch: EventBatch) async throws(ClusterError) {
        let now = access.surroundings.wallClock.now
        let horizon = retention.horizon(at: now)
        let changes = SessionChange.changes(of: batch, forgottenUntil: horizon)
        let writer = writer.bounded(events: batch.count)
        _ = try await concurrently(changes, limit: StoreCore.width) { change throws(ClusterError) in
            try await writer.store(change, now: now.microseconds)
        }
    }

    /// Returns the starts in a window, without those that are expired.
    func starts(in window: TrailingWindow) async throws(ClusterError) -> StartCounts {
        let cutoff = retention.cutoff(at: access.surroundings.wallClock.now)
        let clipped = window.clipped(after: cutoff)
        let lower = max(clipped.from.microseconds, Timestamp.earliest.microseconds - 1) + 1
        let upper = min(clipped.until.microseconds, Timestamp.latest.microseconds) + 1
        guard lower < upper else { return [:] }
        return try await counts.run(lower..<upper).starts
    }
}
