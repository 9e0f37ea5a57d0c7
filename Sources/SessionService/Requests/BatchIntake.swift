import EventDecoding
import HTTPServer
import PlayerSessions

/// What becomes of one batch, on whichever thread.
///
/// The steps stand in `take` in their order; each may refuse the batch with a problem, whose kind is counted.
struct BatchIntake: Sendable {
    let encoding: ContentEncoding
    /// When the request came, from which the clock skew and the retention are measured.
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

    /// Runs steps; where one refuses the batch, the client gets its problem.
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

    /// Has a body decoded beside the loops and then takes the batch.
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

    /// Refuses a batch with errors; a lenient client gets told of each line, and of the body as a whole.
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
        // Nothing to make durable: the store has nothing to say.
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
    /// Lines that are wrong; lenient handling is recommended where it would store others.
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
