import EventDecoding
import Foundation
import PlayerSessions
import Synchronization

/// Writes an import's events straight into a store, several batches at a time.
final class StoreTarget: ImportTarget {
    /// A batch, pending in the store or waiting for another attempt.
    private struct Delivery: Sendable {
        var batch: EventBatch
        var expired: Int
        /// Where the batch begins, for messages.
        var origin: String
        var postponement = Postponement()
    }

    /// The results that the store's threads hand back.
    private final class Mailbox: Sendable {
        private let finished = Mutex<[(Delivery, SessionStoreError?)]>([])
        private let arrived = DispatchSemaphore(value: 0)

        func put(_ delivery: Delivery, _ error: SessionStoreError?) {
            finished.withLock { $0.append((delivery, error)) }
            arrived.signal()
        }

        /// Returns the results that are there, after waiting at most this long for one.
        func take(waitMilliseconds: Int) -> [(Delivery, SessionStoreError?)] {
            if waitMilliseconds > 0 { _ = arrived.wait(timeout: .now() + .milliseconds(waitMilliseconds)) }
            return finished.withLock { finished in
                defer { finished = [] }
                return finished
            }
        }
    }

    private let store: any SessionStore
    private let retention: Retention
    private let clock: WallClock
    private let policy: RetryPolicy
    private let report: ImportReport
    private let mailbox = Mailbox()
    private var underWay = 0
    private var waiting: [Delivery] = []
    private var lastSuccess = ContinuousClock.now

    /// Enough that the store always has a group to write while this thread decodes the next batch.
    private static let maximumUnderWay = 16
    private static let waitMilliseconds = 200

    let decodingLimits: DecodingLimits
    let maximumLinesPerPiece = 5_000

    init(
        _ store: any SessionStore,
        retention: Retention,
        maximumClockSkewSeconds: Int,
        clock: WallClock,
        policy: RetryPolicy,
        report: ImportReport
    ) {
        self.store = store
        self.retention = retention
        self.clock = clock
        self.policy = policy
        self.report = report
        decodingLimits = DecodingLimits(
            maximumEvents: .max,
            maximumErrors: 1_000,
            maximumClockSkewMicroseconds: Int64(maximumClockSkewSeconds) * Microseconds.perSecond
        )
    }

    func take(_ piece: DecodedLines) throws(Failure) {
        var batch = unsafe piece.batch.events
        var expired = 0
        if let cutoff = retention.cutoff(at: clock.now) { expired = batch.removeEvents(notAfter: cutoff) }
        waiting.append(
            Delivery(batch: batch, expired: expired, origin: unsafe "\(piece.file):\(piece.firstLine)")
        )
        startWaiting()
        while underWay + waiting.count > StoreTarget.maximumUnderWay, !Interruption.isRequested {
            try step(waitMilliseconds: StoreTarget.waitMilliseconds)
        }
    }

    func pump() throws(Failure) {
        try step(waitMilliseconds: 0)
    }

    func drain() throws(Failure) {
        while underWay > 0 || !waiting.isEmpty, !Interruption.isRequested {
            try step(waitMilliseconds: StoreTarget.waitMilliseconds)
        }
    }

    func settle() {
        waiting.removeAll()
        while underWay > 0 {
            // What ended the import was reported before.
            try? step(waitMilliseconds: StoreTarget.waitMilliseconds)
            waiting.removeAll()
        }
    }

    private func startWaiting() {
        let now = ContinuousClock.now
        for delivery in waiting where delivery.postponement.isOver(at: now) {
            underWay += 1
            store.append(delivery.batch) { [mailbox] result in
                if case .failure(let error) = result {
                    mailbox.put(delivery, error)
                } else {
                    mailbox.put(delivery, nil)
                }
            }
        }
        waiting.removeAll { $0.postponement.isOver(at: now) }
    }

    private func step(waitMilliseconds: Int) throws(Failure) {
        startWaiting()
        // Count every result that came, including those after the one that ends the import.
        var failure: Failure?
        for (delivery, error) in mailbox.take(waitMilliseconds: waitMilliseconds) {
            underWay -= 1
            do throws(Failure) { try settle(delivery, error) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        report.tick()
    }

    private func settle(_ delivery: Delivery, _ error: SessionStoreError?) throws(Failure) {
        guard let error else {
            lastSuccess = .now
            report.tally.accepted += delivery.batch.count
            report.tally.expired += delivery.expired
            return
        }
        guard error.kind == .overloaded else { throw Failure("\(delivery.origin): \(error)") }
        try retry(delivery, error)
    }

    private func retry(_ delivery: Delivery, _ error: SessionStoreError) throws(Failure) {
        var delivery = delivery
        let silence = delivery.postponement.fail(by: policy, retryAfterSeconds: 0, lastSuccess: lastSuccess)
        guard silence != nil else { throw Failure("\(delivery.origin): \(error)") }
        waiting.append(delivery)
    }
}
