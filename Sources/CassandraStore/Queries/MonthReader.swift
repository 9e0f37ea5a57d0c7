/// Reads the partition of a month.
struct MonthReader: Sendable {
    let access: ClusterAccess
    let bucket: Int64

    /// A sum, and the version in which it last changed.
    struct Sum: Sendable {
        var unit: Int64
        var totals: StartTotals
        var changed: Int64
    }

    /// Some sums as of one moment.
    struct Units: Sendable {
        /// The month's version at that moment; `nil` if it has none.
        var version: Int64?
        /// The sums that exist.
        var totals: [TierUnit: StartTotals] = [:]
    }

    /// What a count needs of a month, as of one moment.
    struct Month: Sendable {
        var state: MonthState
        /// The requested sums that exist, and the month's.
        var totals: [TierUnit: StartTotals] = [:]
        /// The last flush, if requested.
        var lastFlush: FlushedStarts?
    }

    /// The most units of one read; Cassandra's guardrails count them.
    static let maximumUnits = 200

    /// Returns the state of the month's generations.
    func state() async throws(ClusterError) -> MonthState {
        MonthReader.state(try await access.rows(.readState(bucket: bucket)))
    }

    /// As `state()`, for a process that renews its registration.
    func stateUrgently() async throws(ClusterError) -> MonthState {
        MonthReader.state(try await access.run(.urgent(.readState(bucket: bucket))).rows)
    }

    /// As `state()`, but sees everything decided before at quorum.
    func stateSerially() async throws(ClusterError) -> MonthState {
        MonthReader.state(try await access.rows(.readStateSerially(bucket: bucket)))
    }

    private static func generation(_ value: Value) -> Int64? {
        value.number.map { min(max($0, Place.generations.lowerBound), Place.generations.upperBound) }
    }

    private static func state(_ rows: [Row]) -> MonthState {
        var state = MonthState()
        for row in rows {
            state.version = row[3].number
            state.copied = row[4].number ?? 0
            state.flushed = generation(row[5])
            state.open = generation(row[6]) ?? 0
            state.fence = generation(row[7]) ?? 0
            state.kept = row[8].number
            guard row[0].number == Int64(Tier.registrations) else { continue }
            if let process = row[1].number, let content = row[2].bytes {
                state.registrations[ProcessID(number: process)] = Registration(packed: content)
            }
        }
        return state
    }

    /// Returns the month's state, at most `maximumUnits` of its sums and, if requested, the last flush.
    func month(_ units: [TierUnit], withLastFlush: Bool) async throws(ClusterError) -> Month {
        let rows = try await access.rows(
            .readMonth(bucket: bucket, units, withLastFlush: withLastFlush)
        )
        var month = Month(state: MonthReader.state(rows))
        for row in rows {
            guard let tier = row[0].number, let unit = row[9].number else { continue }
            if tier == Int64(Tier.lastFlush) {
                month.lastFlush = row[2].bytes.flatMap { FlushedStarts(starts: $0, digests: nil) }
            } else if let tier = Tier(rawValue: Int32(truncatingIfNeeded: tier)) {
                month.totals[TierUnit(tier, unit)] = StartTotals(packed: row[2].bytes ?? [])
            }
        }
        return month
    }

    /// Returns some sums as of one moment; `nil` if something was flushed between two reads.
    ///
    /// More than `maximumUnits` are read in parts, one after the other.
    func units(_ units: [TierUnit]) async throws(ClusterError) -> Units? {
        var all: Units?
        for begin in stride(from: 0, to: max(1, units.count), by: MonthReader.maximumUnits) {
            let part = Array(units[begin..<min(begin + MonthReader.maximumUnits, units.count)])
            var read = Units()
            for row in try await access.rows(.readUnits(bucket: bucket, part)) {
                read.version = row[4].number
                guard let unit = row[1].number,
                    let tier = row[0].number.flatMap({ Tier(rawValue: Int32(truncatingIfNeeded: $0)) })
                else { continue }
                read.totals[TierUnit(tier, unit)] = StartTotals(packed: row[2].bytes ?? [])
            }
            guard var known = all else {
                all = read
                continue
            }
            if known.version != read.version { return nil }
            known.totals.merge(read.totals) { first, _ in first }
            all = known
        }
        return all
    }

    /// Returns the sums of some units of a tier.
    func totals(_ tier: Tier, _ units: ClosedRange<Int64>) async throws(ClusterError) -> [Sum] {
        try await access.rows(.readTotals(bucket: bucket, tier, units: units)).compactMap { row in
            guard let unit = row[0].number, units.contains(unit) else { return nil }
            return Sum(
                unit: unit,
                totals: StartTotals(packed: row[1].bytes ?? []),
                changed: row[2].number ?? 0
            )
        }
    }

    /// Returns every sum of the month.
    func allTotals() async throws(ClusterError) -> [Tier: [Int64: StartTotals]] {
        var all: [Tier: [Int64: StartTotals]] = [:]
        let instants = Tier.month.instants(of: bucket)
        for tier in Tier.allCases {
            let units = tier.unit(of: instants.lowerBound)...tier.unit(of: instants.upperBound - 1)
            for sum in try await totals(tier, units) { all[tier, default: [:]][sum.unit] = sum.totals }
        }
        return all
    }

    /// Returns the last flush; `nil` if there was none.
    func lastFlush() async throws(ClusterError) -> FlushedStarts? {
        let rows = try await access.rows(.readLastFlush(bucket: bucket))
        func content(_ tier: Int32) -> [UInt8]? { rows.first { $0[0].number == Int64(tier) }?[1].bytes }
        guard let starts = content(Tier.lastFlush), let digests = content(Tier.lastDigests) else {
            return nil
        }
        return FlushedStarts(starts: starts, digests: digests)
    }
}
