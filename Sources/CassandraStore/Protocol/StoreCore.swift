import PlayerSessions

/// The store without its shell: what it does on a cluster, on whatever executor it is called.
struct StoreCore: Sendable {
    let access: ClusterAccess
    let retention: Retention
    let writer: SessionWriter
    let counts: SharedCounts
    let top: TopQuery
    let roller: Roller
    let staleEnds: StaleEnds

    /// How many sessions of a batch are stored at a time.
    static let width = 128

    init(
        _ cluster: any Cluster,
        surroundings: Surroundings,
        retention: Retention,
        rules: ProtocolRules = ProtocolRules(),
        wideFrom: [Tier: Int] = LeaseTable.wideFrom
    ) {
        let access = ClusterAccess(cluster: cluster, surroundings: surroundings)
        let lifetime = Lifetime(retention: retention)
        let buckets = BucketRegistry(access)
        self.access = access
        self.retention = retention
        staleEnds = StaleEnds(access)
        writer = SessionWriter(
            access: access,
            rules: rules,
            lifetime: lifetime,
            leases: LeaseTable(access, rules: rules, buckets: buckets, wideFrom: wideFrom),
            buckets: buckets,
            staleEnds: staleEnds
        )
        let counter = StartCounter(access: access, rules: rules)
        counts = SharedCounts { window throws(ClusterError) in try await counter.count(window) }
        top = TopQuery(access: access, retention: retention)
        roller = Roller(
            access: access,
            rules: rules,
            writer: writer,
            watch: MarkerWatch(),
            copies: HourCopies(access, lifetime: lifetime)
        )
    }

    /// Forgets what this process believes the cluster to hold, because tables were truncated or restored, and marks again
    /// what it has told starts to of late.
    func forget() async throws(ClusterError) {
        roller.watch.forget()
        roller.copies.forget()
        staleEnds.forget()
        // At once, whatever becomes of the requests: nothing more may be acknowledged by what is believed.
        writer.leases.distrust()
        try await writer.buckets.registerAgain()
        try await writer.leases.markAgain()
    }

    /// Makes all sums anew; see `Rebuild`.
    func rebuild(
        waits: Bool = true,
        isStopped: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (Rebuild.Progress) -> Void = { _ in }
    ) async throws(ClusterError) -> Int? {
        let rebuild = Rebuild(
            roller: roller,
            buckets: writer.buckets,
            isStopped: isStopped,
            report: report
        )
        return try await rebuild.run(waits: waits)
    }

    /// Stores a batch; after an error nothing is promised of any of its sessions.
    func store(_ batch: EventBatch) async throws(ClusterError) {
        let now = access.surroundings.wallClock.now
        let horizon = retention.horizon(at: now)
        let changes = SessionChange.changes(of: batch, forgottenUntil: horizon)
        _ = try await concurrently(changes, limit: StoreCore.width) { [writer] change throws(ClusterError) in
            try await writer.store(change, now: now.microseconds)
        }
    }

    /// The starts in a window, those that are expired left out.
    func starts(in window: TrailingWindow) async throws(ClusterError) -> StartCounts {
        let cutoff = retention.cutoff(at: access.surroundings.wallClock.now)
        let clipped = window.clipped(after: cutoff)
        let lower = max(clipped.from.microseconds, Timestamp.earliest.microseconds - 1) + 1
        let upper = min(clipped.until.microseconds, Timestamp.latest.microseconds) + 1
        guard lower < upper else { return [:] }
        return try await counts.run(lower..<upper).starts
    }
}
