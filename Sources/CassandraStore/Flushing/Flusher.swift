import PlayerSessions
import Synchronization

/// Adds the log to the sums, generation by generation, each exactly once.
///
/// Any number of processes may do so concurrently. The order of the steps makes it correct: nobody writes to the
/// generation any more or can register in it; its log is read; one batch, on the condition of the version, sets the
/// sums, what was flushed, and that it is flushed. What was flushed is then entered in `flushed_starts`, at the latest
/// before the next flush.
struct Flusher: Sendable {
    var access: ClusterAccess
    let rules: ProtocolRules
    let lifetime: Lifetime
    let watch: RegistrationWatch
    let copies: HourCopies
    let garbage: FlushedLogs
    /// The version of each month as of which this process knows that everything flushed is entered in `flushed_starts`.
    private let entered = EnteredVersions()
    private let underWay = FlushesInProgress()

    /// How many statements run concurrently; a flusher has to leave the cluster to requests.
    static let width = 16
    /// How many rows of `flushed_starts` are written concurrently; some are combined in one request.
    static let entryWidth = 256
    /// The most generations that one flush takes.
    static let maximumGenerations = 64
    /// The number of starts at which a flush takes no further generation, to stay below the 16 MiB that Cassandra takes
    /// at once.
    static let enoughStarts = 50_000
    /// The number of consecutive failures that ends a pass: then it is the cluster that fails, not a month.
    static let maximumFailures = 3
    /// The most flushes of one month in one pass.
    private static let maximumFlushes = 32

    /// The outcome of one attempt.
    enum Outcome: Sendable {
        /// Nothing is logged that is not flushed.
        case nothingToDo
        /// Something is, but processes may still be writing to its generation.
        case waiting
        /// It is flushed.
        case done
        /// Another flush was faster, or the outcome is unknown.
        case overtaken
    }

    // Passes

    /// Visits every month once and copies its hours; returns the number of flushes, and calls `didFlush` after each.
    ///
    /// The order of the months is random, so that processes that start together do not follow each other. A month that
    /// fails does not hold up the others; the first error is thrown at the end. If its task is cancelled, a pass ends
    /// after the flush in progress.
    func pass(didFlush: @Sendable () -> Void = {}) async throws(ClusterError) -> Int {
        var flushes = 0
        var failure: ClusterError?
        var failuresInARow = 0
        for bucket in try await shuffledBuckets() {
            if Task.isCancelled || failuresInARow == Flusher.maximumFailures { break }
            do throws(ClusterError) {
                flushes += try await visit(bucket, didFlush)
                failuresInARow = 0
            } catch {
                failure = failure ?? error
                failuresInARow += 1
            }
        }
        if let failure { throw failure }
        return flushes
    }

    private func visit(_ bucket: Int64, _ didFlush: @Sendable () -> Void) async throws(ClusterError) -> Int {
        var flushes = 0
        for _ in 0..<Flusher.maximumFlushes where !Task.isCancelled {
            guard case .done = try await flush(bucket) else { break }
            flushes += 1
            didFlush()
        }
        if !Task.isCancelled {
            try await garbage.remove(bucket)
            try await copies.bringUpToDate(bucket)
        }
        return flushes
    }

    private func shuffledBuckets() async throws(ClusterError) -> [Int64] {
        var buckets = try await access.rows(.readBuckets).compactMap { $0[0].number }
            .filter(Tier.possibleMonths.contains)
        for index in buckets.indices.reversed() where index > 0 {
            buckets.swapAt(index, Int(access.surroundings.random(below: Int64(index + 1))))
        }
        return buckets
    }

    // One flush

    /// Flushes what can be flushed of a month now; opens a generation for new starts if that is what it needs.
    ///
    /// This process runs one flush of a month at a time: another caller gets `overtaken`.
    func flush(_ bucket: Int64) async throws(ClusterError) -> Outcome {
        guard underWay.enter(bucket) else { return .overtaken }
        defer { underWay.leave(bucket) }
        return try await flushAlone(bucket)
    }

    private func flushAlone(_ bucket: Int64) async throws(ClusterError) -> Outcome {
        let reader = MonthReader(access: access, bucket: bucket)
        var (state, gone) = try await observe(reader, serially: true)
        guard let flushed = state.flushed, let version = state.version else { return .nothingToDo }
        try await removeRegistrations(of: gone, state, in: bucket)
        if state.unflushed().isEmpty { return .nothingToDo }
        let last = closed(state, gone)
        guard last > flushed else {
            if state.open <= flushed + 1 {
                try await access.write(.openGeneration(bucket: bucket, max(flushed + 2, state.highest)))
            }
            return .waiting
        }
        if rules.finishesFormerFlush { try await finishFormer(reader, state) }
        if rules.fencesFirst {
            try await access.write(.fenceGenerations(bucket: bucket, upTo: last))
            // Processes that registered before the fence was there are seen now; those that register from now on see
            // the fence.
            (state, gone) = try await observe(reader, serially: false)
            if state.version != version { return .overtaken }
            if closed(state, gone) < last { return .waiting }
        }
        let flush = try await read(bucket, state, after: flushed, upTo: last)
        guard let former = try await reader.units(Array(flush.changes.keys)),
            former.version == version || !rules.holdsVersion
        else { return .overtaken }
        return try await apply(flush, on: former, state, version)
    }

    /// Reads the log after `flushed` up to `last`, or up to an earlier generation if that is enough for a flush.
    private func read(
        _ bucket: Int64,
        _ state: MonthState,
        after flushed: Int64,
        upTo last: Int64
    ) async throws(ClusterError) -> Flush {
        var flush = Flush(bucket: bucket, upTo: last)
        let places = Dictionary(grouping: state.unflushed(upTo: last), by: \.generation)
        for generation in places.keys.sorted() {
            for place in places[generation] ?? [] {
                try await access.forEachPage(.readLog(bucket: bucket, place)) { flush.add($0, of: place) }
            }
            if flush.count >= Flusher.enoughStarts {
                flush.end(at: generation)
                break
            }
        }
        return flush
    }

    /// Returns the state of a month, and the processes that have not renewed their registrations for too long.
    private func observe(
        _ reader: MonthReader,
        serially: Bool
    ) async throws(ClusterError) -> (MonthState, Set<ProcessID>) {
        let begin = access.surroundings.elapsed()
        let state = serially ? try await reader.stateSerially() : try await reader.state()
        let gone = watch.observe(
            state.registrations,
            in: reader.bucket,
            begin: begin,
            end: access.surroundings.elapsed(),
            age: rules.watchesRegistrations ? Lease.watch : 0
        )
        return (state, gone)
    }

    /// Returns the last generation that nobody writes to any more and that one flush can reach.
    private func closed(_ state: MonthState, _ gone: Set<ProcessID>) -> Int64 {
        let writers = state.registrations.filter { !gone.contains($0.key) }
        let lowest = writers.values.map(\.low).min() ?? Registration.idle
        let highest = state.registrations.values.map(\.high).max() ?? 0
        let last = min(lowest - 1, highest)
        // Generations that nobody was registered for have nothing to read, so they do not count.
        let generations = Set(state.unflushed(upTo: last).map(\.generation)).sorted()
        return generations.dropFirst(Flusher.maximumGenerations).first.map { $0 - 1 } ?? last
    }

    /// Returns the version after another one: the time in ms, if that is higher.
    ///
    /// So versions keep rising even if the sums were truncated and what was copied from them was not.
    func version(behind version: Int64) -> Int64 {
        max(version &+ 1, access.surroundings.wallClock.now.microseconds / 1_000)
    }

    private func apply(
        _ flush: Flush,
        on former: MonthReader.Units,
        _ state: MonthState,
        _ version: Int64
    ) async throws(ClusterError) -> Outcome {
        let bucket = flush.bucket
        let next = self.version(behind: version)
        // From here on the hours may have changed, whatever becomes of the batch.
        copies.expectChanges(in: bucket)
        let settings = flush.sums(on: former.totals).map {
            Statement.setTotal(bucket: bucket, $0.unit.tier, unit: $0.unit.number, $0.totals, version: next)
        }
        let kept = keptDays(state)
        let others =
            settings + [
                Statement.setLastFlush(bucket: bucket, flush.starts.packedStarts),
                .setLastDigests(bucket: bucket, flush.starts.packedDigests),
                .setKept(bucket: bucket, days: kept),
            ]
        if rules.holdsVersion {
            let condition = Statement.advanceVersion(
                bucket: bucket,
                from: version,
                to: next,
                flushed: flush.generation
            )
            guard try await decide([condition] + others) else { return .overtaken }
        } else {
            let raise = Statement.setVersion(bucket: bucket, to: next, flushed: flush.generation)
            try await access.write(.unloggedBatch, [raise] + others)
        }
        garbage.add(state.unflushed(upTo: flush.generation), in: bucket)
        do throws(ClusterError) { try await enter(flush.starts, in: bucket, keptDays: kept, next) } catch {
            // It is flushed; the next flush enters it first.
            guard error.isTransient else { throw error }
        }
        return .done
    }

    /// Returns for how many days flushed starts are kept: the most that any process that logged in the month asks for,
    /// because retries look for their start there.
    private func keptDays(_ state: MonthState) -> Int64 {
        let known = state.kept.map { [$0] } ?? []
        return (known + state.registrations.values.map(\.keptDays))
            .reduce(lifetime.keptDays, Lifetime.longer)
    }

    /// Runs a conditional batch, and returns whether its condition is known to have held.
    func decide(_ statements: [Statement]) async throws(ClusterError) -> Bool {
        do throws(ClusterError) {
            return try await access.run(Request(kind: .conditionalBatch, statements: statements)).isApplied
        } catch {
            // It may have been applied, or be applied later; the next read of the version shows it.
            guard error.isTransient else { throw error }
            return false
        }
    }

    // What follows a flush

    /// Enters the last flush in `flushed_starts`, which may be that of another process.
    func finishFormer(_ reader: MonthReader, _ state: MonthState) async throws(ClusterError) {
        guard let version = state.version, !entered.holds(version, in: reader.bucket) else { return }
        if let last = try await reader.lastFlush(), last.generation == state.flushed {
            try await enter(last, in: reader.bucket, keptDays: state.kept ?? 0, version)
        }
    }

    private func enter(
        _ starts: FlushedStarts,
        in bucket: Int64,
        keptDays: Int64,
        _ version: Int64
    ) async throws(ClusterError) {
        let now = access.surroundings.wallClock.now.microseconds
        let lifetime = lifetime.forKept(days: keptDays)
        let rows = starts.rows.sorted { $0.key.minute < $1.key.minute }
        _ = try await concurrently(rows, limit: Flusher.entryWidth) { [access] row throws(ClusterError) in
            let end = (row.key.minute + 1) * Microseconds.perMinute
            try await access.write(
                .insertFlushed(row.key, row.value, lifetime.flushed(end, now: now), now: now)
            )
        }
        entered.note(version, in: bucket)
    }

    /// Forgets what this process knows of the cluster, because it may have been set back.
    func forget() {
        watch.forget()
        copies.forget()
        garbage.forget()
        entered.forget()
    }

    /// Removes the registrations of processes that are gone and have nothing left to flush.
    private func removeRegistrations(
        of gone: Set<ProcessID>,
        _ state: MonthState,
        in bucket: Int64
    ) async throws(ClusterError) {
        for process in gone.sorted() {
            guard let registration = state.registrations[process], registration.high <= state.flushed ?? 0
            else { continue }
            try await access.write(.deregister(bucket: bucket, process, registration))
        }
    }
}
