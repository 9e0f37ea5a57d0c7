import EventDecoding
import HTTPServer
import PlayerSessions

/// The processing of one batch, on any thread.
///
/// `take` lists the steps in order; each may refuse the batch with a problem, whose kind is counted.
struct BatchIntake: Sendable {
    let encoding: ContentEncoding
    /// When the request arrived; the clock skew and the retention are measured from it.
    let now: Timestamp

    private let service: SessionService
    private let isLenient: Bool
    private let exchange: Exchange

    init(_ service: SessionService, _ head: HTTPRequestHead, _ exchange: Exchange) {
        self.service = service
        self.exchange = exchange
        encoding = ContentEncoding(head)
        isLenient = Preferences(head).isLenient
        now = service.clock.now
    }

    /// Runs steps; if one refuses the batch, responds with its problem.
    func attempt(_ steps: () throws(Problem) -> Void) {
        do throws(Problem) {
            try steps()
        } catch {
            service.refuseBatch(error, exchange)
        }
    }

    func refuseWhileClosing() throws(Problem) {
        if service.isShuttingDown {
            throw Problem(.shuttingDown, "The service is shutting down; send the same batch again later.")
        }
    }

    /// Queues a body for decoding outside the loops, then takes the batch.
    func decodeElsewhere(_ body: HTTPBody) throws(Problem) {
        let refusal = service.largeBodies.run(for: exchange.client) { reader in
            attempt { () throws(Problem) in
                let decoded = unsafe body.withBytes { bytes in
                    Result { () throws(Problem) in unsafe try reader.read(bytes, encoding, now) }
                }
                try take(try decoded.get())
            }
        }
        if let refusal { throw .tooMany("large bodies are being decoded", refusal) }
    }

    func take(_ decoded: DecodedBody) throws(Problem) {
        var batch = decoded.batch
        try refuseEmpty(batch)
        try refuseErrors(&batch, decoded.fault)
        let expired = dropExpired(&batch.events)
        let receipt = Receipt(
            accepted: batch.events.count,
            expired: expired,
            rejected: isLenient ? batch.errors : nil
        )
        store(batch.events, receipt)
    }

    private func refuseEmpty(_ batch: DecodedBatch) throws(Problem) {
        guard batch.lines == 0 else { return }
        throw Problem(.emptyBatch, "The batch has no events; it holds one JSON object a line.")
    }

    /// Refuses a batch with errors, unless the client is lenient; then it gets the errors of each line and of the whole
    /// body.
    private func refuseErrors(_ batch: inout DecodedBatch, _ fault: BodyFault?) throws(Problem) {
        guard !batch.errors.isEmpty else { return }
        if let error = fault?.error { batch.errors = [error] + batch.errors.filter { $0.line != error.line } }
        service.metrics.rejected(batch)
        if isLenient { return }
        if let fault { throw fault.problem }
        let cutoff = service.retention.cutoff(at: now) ?? Timestamp(microseconds: .min)
        throw .invalidEvents(batch, storesOthers: batch.events.entries.contains { $0.timestamp > cutoff })
    }

    private func dropExpired(_ events: inout EventBatch) -> Int {
        service.retention.cutoff(at: now).map { events.removeEvents(notAfter: $0) } ?? 0
    }

    private func store(_ events: EventBatch, _ receipt: Receipt) {
        // There is nothing to make durable, so the store is not involved.
        if events.isEmpty { return service.confirm(receipt, exchange) }
        service.metrics.batchEvents.observe(Double(events.count))
        service.store.append(events) { [service, exchange] result in
            switch result {
            case .success: service.confirm(receipt, exchange)
            case .failure(let error): service.refuseBatch(service.problem(error), exchange)
            }
        }
    }
}

/// The outcome of a batch that was accepted.
private struct Receipt: Sendable {
    var accepted: Int
    var expired: Int
    /// The errors for a lenient client; `nil` for any other.
    var rejected: [LineError]?
}

extension SessionService {
    /// Responds to a batch that is durable.
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

    /// Responds to a batch that was refused, and counts why.
    fileprivate func refuseBatch(_ problem: Problem, _ exchange: Exchange) {
        metrics.refused(problem.kind)
        exchange.answer(problem)
    }
}

extension Problem {
    /// Returns the problem of invalid lines; it recommends lenient handling if that would store other lines.
    fileprivate static func invalidEvents(_ batch: DecodedBatch, storesOthers: Bool) -> Problem {
        let lines = batch.invalidLines.count
        return Problem(
            .invalidEvents,
            "\(lines) of \(batch.lines) lines \(lines == 1 ? "is" : "are") wrong; nothing was stored."
                + (storesOthers ? " Send Prefer: handling=lenient to store the others." : ""),
            errors: batch.errors
        )
    }
}
