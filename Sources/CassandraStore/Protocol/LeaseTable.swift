import Synchronization

/// The leases of this process, each acquired by one request for all that wait for it.
///
/// A lease is of a span, or of an hour or a day that is over: of that where many of its spans would need one each, as in
/// an import that does not go by time. Such an import leaves one marker a day then, and not one in each of 144 spans.
final class LeaseTable: Sendable {
    /// What is known of a unit: the last lease, and who waits for the one that is being acquired.
    private struct Entry {
        /// Kept behind its end: starts that were told under it have to be marked again where tables were set back.
        var lease: Lease?
        /// `nil` where none is being acquired.
        var waiters: [Waiter]?

        /// Whether a request may have had its answer under the lease within the last one's length.
        func isOfLate(at now: Int64) -> Bool {
            lease.map { $0.expiry + Lease.length > now } ?? false
        }
    }

    private struct State {
        var entries: [TierUnit: Entry] = [:]
        /// What was asked for of hours and days.
        var asked: [TierUnit: RecentSpans] = [:]
        /// What is to be marked again.
        var lost: Set<TierUnit> = []
    }

    /// What a request is told.
    private enum Answer {
        case result(Result<Lease, ClusterError>)
        /// It is the one to acquire this.
        case acquire(TierUnit)
    }

    private typealias Waiter = CheckedContinuation<Answer, Never>

    private let access: ClusterAccess
    private let rules: ProtocolRules
    private let buckets: BucketRegistry
    private let state = Mutex(State())
    /// Where markers are not fresh, which is wrong, the one id that all have.
    private let staleID: Marker.ID

    /// The most units that are remembered.
    ///
    /// Forgetting one costs a marker; and what was told under it is not marked again where tables are set back just then.
    private let maximumEntries: Int
    /// From how many of its spans on an hour or a day gets a lease.
    private let wideFrom: [Tier: Int]

    /// How many units are marked again at a time.
    private static let width = 16
    /// Half of an hour, a ninth of a day: fewer spans get a lease each, so that a few late events do not keep counts from
    /// a day's sums.
    static let wideFrom: [Tier: Int] = [.hour: 3, .day: 16]

    init(
        _ access: ClusterAccess,
        rules: ProtocolRules,
        buckets: BucketRegistry,
        maximumEntries: Int = 65_536,
        wideFrom: [Tier: Int] = LeaseTable.wideFrom
    ) {
        self.access = access
        self.maximumEntries = maximumEntries
        self.wideFrom = wideFrom
        self.rules = rules
        self.buckets = buckets
        staleID = access.surroundings.markerID()
    }

    /// A lease that the span has, whose marker is durable, and which will not run out soon.
    func lease(ofSpan span: Int64) async throws(ClusterError) -> Lease {
        if let known = known(ofSpan: span) { return known }
        let now = access.surroundings.elapsed()
        let answer = await withCheckedContinuation { (waiter: Waiter) in
            if let answer = take(waiter, ofSpan: span, now: now) { waiter.resume(returning: answer) }
        }
        switch answer {
        case .result(let result): return try result.get()
        case .acquire(let unit): return try await acquire(unit)
        }
    }

    /// Such a lease where there is one already.
    func known(ofSpan span: Int64) -> Lease? {
        let now = access.surroundings.elapsed()
        return state.withLock { state in
            for tier in Tier.leased {
                let unit = TierUnit(tier, ofSpan: span)
                guard let lease = state.entries[unit]?.lease, lease.isUsable(at: now) else { continue }
                if tier != .span { note(span, &state.asked, now) }
                return lease
            }
            return nil
        }
    }

    /// Marks every unit again that is remembered and to which starts were told of late, and trusts none of the former
    /// markers: they may be gone.
    ///
    /// What could not be marked is marked by the next call.
    func markAgain() async throws(ClusterError) {
        distrust()
        let lost = state.withLock(\.lost)
        let units = lost.sorted { ($0.tier.rawValue, $0.number) < ($1.tier.rawValue, $1.number) }
        _ = try await concurrently(units, limit: LeaseTable.width) { unit throws(ClusterError) in
            _ = try await self.mark(unit)
            self.state.withLock { _ = $0.lost.remove(unit) }
        }
    }

    /// Trusts no marker any more, and takes note of what is to be marked again.
    func distrust() {
        let now = access.surroundings.elapsed()
        state.withLock { state in
            for (unit, entry) in state.entries {
                if entry.waiters == nil {
                    state.entries[unit] = nil
                } else {
                    state.entries[unit]?.lease = nil
                }
                // The marker that is being acquired may have been there before, and gone.
                if entry.waiters != nil || entry.isOfLate(at: now) { state.lost.insert(unit) }
            }
        }
    }

    /// What a request is told at once; `nil` where it waits for the one that acquires a lease.
    ///
    /// To look and to begin to wait is one step, so that no lease is forgotten between the two.
    private func take(_ waiter: Waiter, ofSpan span: Int64, now: Int64) -> Answer? {
        state.withLock { state in
            note(span, &state.asked, now)
            for tier in Tier.leased {
                let unit = TierUnit(tier, ofSpan: span)
                if let lease = state.entries[unit]?.lease, lease.isUsable(at: now) {
                    return .result(.success(lease))
                }
                if state.entries[unit]?.waiters?.append(waiter) != nil { return nil }
            }
            let unit = unitToLease(span, state.asked)
            if state.entries[unit] == nil, state.entries.count >= maximumEntries {
                LeaseTable.forget(&state.entries, now: now, keeping: maximumEntries / 2)
            }
            state.entries[unit, default: Entry()].waiters = []
            return .acquire(unit)
        }
    }

    /// Notes that a span was asked for that has no lease of its own.
    private func note(_ span: Int64, _ asked: inout [TierUnit: RecentSpans], _ now: Int64) {
        // To forget costs some markers.
        if asked.count >= 2 * maximumEntries { asked = [:] }
        for tier in wideFrom.keys {
            let unit = TierUnit(tier, ofSpan: span)
            let place = Int(span - unit.spans.lowerBound)
            asked[unit, default: RecentSpans(now: now)].insert(place, now: now)
        }
    }

    /// What a span gets a lease of: the longest unit that is over and of which enough spans were asked for.
    private func unitToLease(_ span: Int64, _ asked: [TierUnit: RecentSpans]) -> TierUnit {
        for tier in Tier.leased.reversed() {
            let unit = TierUnit(tier, ofSpan: span)
            let end = tier.begin(of: unit.number + 1)
            guard let least = wideFrom[tier], end <= access.surroundings.wallClock.now.microseconds
            else { continue }
            if asked[unit].map({ $0.count >= least }) ?? false { return unit }
        }
        return TierUnit(.span, ofSpan: span)
    }

    /// Makes a lease of a unit, for all that wait for it.
    private func acquire(_ unit: TierUnit) async throws(ClusterError) -> Lease {
        let result = await Result { () async throws(ClusterError) in try await mark(unit) }
        let waiters = state.withLock { state in
            let waiters = state.entries[unit]?.waiters ?? []
            // Where it could not be marked, starts that were told under the former lease are still of late.
            let lease = (try? result.get()) ?? state.entries[unit]?.lease
            state.entries[unit] = lease.map { Entry(lease: $0) }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: .result(result)) }
        return try result.get()
    }

    /// Marks a unit, with a marker that nobody has; its month is in the list then.
    private func mark(_ unit: TierUnit) async throws(ClusterError) -> Lease {
        let marker = Marker(
            id: rules.usesFreshMarkers ? access.surroundings.markerID() : staleID,
            purpose: .lease(unit.tier)
        )
        let span = unit.spans.lowerBound
        let lease = Lease(expiry: access.surroundings.elapsed() + Lease.length)
        let (access, buckets) = (access, buckets)
        async let registration = Result { () async throws(ClusterError) in
            try await buckets.register(spans: [span])
        }
        let marking = await Result { () async throws(ClusterError) in
            try await access.write(.insertMarker(span: span, marker))
        }
        let registered = await registration
        return try marking.flatMap { registered }.map { lease }.get()
    }

    /// Drops the leases that ran out so long ago that nothing would be marked again for them, and of the others those that
    /// ran out, or do so soonest, until so many are left; those that are being acquired stay.
    private static func forget(_ entries: inout [TierUnit: Entry], now: Int64, keeping count: Int) {
        entries = entries.filter { $0.value.waiters != nil || $0.value.isOfLate(at: now) }
        let excess = entries.count - count
        guard excess > 0 else { return }
        let held = entries.filter { $0.value.waiters == nil }.compactMap { unit, entry in
            entry.lease.map { (unit, $0.expiry) }
        }
        for (unit, _) in held.sorted(by: { $0.1 < $1.1 }).prefix(excess) { entries[unit] = nil }
    }
}

extension Lease {
    /// Whether a new request may take it.
    fileprivate func isUsable(at now: Int64) -> Bool { expiry - now > Lease.reserve }
}

extension Surroundings {
    /// A marker's id: 128 random bits.
    func markerID() -> Marker.ID {
        let words = [random(), random()]
        return Marker.ID(
            bytes: words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
            }
        )
    }
}
