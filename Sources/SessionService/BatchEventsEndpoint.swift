import EventDecoding
import HTTPServer
import PlayerSessions

/// `POST /batchevents`: takes a batch of events in.
///
/// The steps stand in `take` in their order; each may refuse the batch with a problem, whose kind is counted.
final class BatchEventsEndpoint {
    private let service: SessionService
    private let reader: BodyReader
    private var decoder: EventDecoder

    init(_ service: SessionService, _ reader: BodyReader) {
        self.service = service
        self.reader = reader
        decoder = EventDecoder(
            limits: DecodingLimits(
                maximumEvents: service.limits.maximumBatchEvents,
                maximumErrors: ServiceLimits.maximumErrors,
                maximumClockSkewMicroseconds: service.limits.maximumClockSkew
            )
        )
    }

    func handle(_ head: HTTPRequestHead, _ body: UnsafeRawBufferPointer, _ exchange: Exchange) {
        do throws(Problem) {
            unsafe try take(head, body, exchange)
        } catch {
            service.refuseBatch(error, exchange)
        }
    }

    private func take(
        _ head: HTTPRequestHead,
        _ body: UnsafeRawBufferPointer,
        _ exchange: Exchange
    ) throws(Problem) {
        try refuseWhileClosing()
        let now = service.clock.now
        var batch = unsafe try decode(body, ContentEncoding(head), now)
        try refuseEmpty(batch)
        let isLenient = Preferences(head).isLenient
        try refuseErrors(batch, isLenient)
        let expired = dropExpired(&batch.events, now)
        let receipt = Receipt(
            accepted: batch.events.count,
            expired: expired,
            rejected: isLenient ? batch.errors : nil
        )
        store(batch.events, receipt, exchange)
    }

    private func refuseWhileClosing() throws(Problem) {
        if service.isShuttingDown {
            throw Problem(.shuttingDown, "The service is shutting down; send the same batch again later.")
        }
    }

    private func decode(
        _ body: UnsafeRawBufferPointer,
        _ encoding: ContentEncoding,
        _ now: Timestamp
    ) throws(Problem) -> DecodedBatch {
        let decoded = unsafe try reader.read(body, encoding) { lines in
            Result { () throws(BatchFault) in unsafe try decoder.decode(lines, now: now) }
        }
        do throws(BatchFault) {
            return try decoded.get()
        } catch {
            switch error {
            case .tooManyEvents(let count):
                throw .tooManyEvents(count, limit: service.limits.maximumBatchEvents)
            }
        }
    }

    private func refuseEmpty(_ batch: DecodedBatch) throws(Problem) {
        guard batch.lines == 0 else { return }
        throw Problem(.emptyBatch, "The batch has no events; it holds one JSON object a line.")
    }

    private func refuseErrors(_ batch: DecodedBatch, _ isLenient: Bool) throws(Problem) {
        guard !batch.errors.isEmpty else { return }
        service.metrics.rejected(batch)
        if isLenient { return }
        let lines = batch.invalidLines.count
        throw Problem(
            .invalidEvents,
            "\(lines) of \(batch.lines) lines \(lines == 1 ? "is" : "are") wrong; nothing was stored. Send"
                + " Prefer: handling=lenient to store the others.",
            errors: batch.errors
        )
    }

    private func dropExpired(_ events: inout EventBatch, _ now: Timestamp) -> Int {
        service.retention.cutoff(at: now).map { events.removeEvents(notAfter: $0) } ?? 0
    }

    private func store(_ events: EventBatch, _ receipt: Receipt, _ exchange: Exchange) {
        // Nothing to make durable: the store has nothing to say.
        if events.isEmpty { return service.confirm(receipt, exchange) }
        service.metrics.batchEvents.observe(Double(events.count))
        service.store.append(events) { [service] result in
            switch result {
            case .success: service.confirm(receipt, exchange)
            case .failure(let error): service.refuseBatch(service.problem(error), exchange)
            }
        }
    }
}

/// What became of a batch that was taken.
private struct Receipt: Sendable {
    var accepted: Int
    var expired: Int
    /// The errors that a lenient client gets told; `nil` for the others.
    var rejected: [LineError]?
}

extension SessionService {
    /// Answers a batch that is durable.
    fileprivate func confirm(_ receipt: Receipt, _ exchange: Exchange) {
        metrics.batches.increment()
        metrics.acceptedEvents.increment(by: UInt64(receipt.accepted))
        metrics.expiredEvents.increment(by: UInt64(receipt.expired))
        let headers = receipt.rejected == nil ? [] : [("Preference-Applied", "handling=lenient")]
        exchange.answer(headers: headers) { json in
            json.name("accepted")
            json.number(receipt.accepted)
            json.name("expired")
            json.number(receipt.expired)
            if let rejected = receipt.rejected {
                json.name("rejected")
                json.lineErrors(rejected)
            }
        }
    }

    /// Answers a batch that was refused, and counts why.
    fileprivate func refuseBatch(_ problem: Problem, _ exchange: Exchange) {
        metrics.refused(problem.kind)
        exchange.answer(problem)
    }
}

extension Problem {
    fileprivate static func tooManyEvents(_ count: Int, limit: Int) -> Problem {
        Problem(
            .tooManyEvents,
            "The batch has \(count) events; this service takes up to \(limit) at once (max_batch_events). Raise it"
                + " with --max-batch-events N or PLAYER_SESSIONS_MAX_BATCH_EVENTS, up to 10000, or load whole"
                + " files with player-sessions import."
        )
    }
}
