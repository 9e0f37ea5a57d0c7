import EventDecoding
import PlayerSessions

/// Decompresses and decodes batches, for one thread at a time.
final class BatchReader {
    /// The largest body, as sent and decompressed, that is decoded on a loop, which takes well below a millisecond.
    static let smallBytes = 65_536
    /// The most events that are decoded on a loop.
    static let smallEvents = 256

    private let limits: ServiceLimits
    private let bodies: BodyReader
    private var decoder: EventDecoder

    init(_ limits: ServiceLimits) {
        self.limits = limits
        bodies = BodyReader(limit: .ofBatches(limits))
        decoder = EventDecoder(
            limits: DecodingLimits(
                maximumEvents: limits.maximumBatchEvents,
                maximumErrors: ServiceLimits.maximumErrors,
                maximumClockSkewMicroseconds: limits.maximumClockSkew
            )
        )
    }

    /// Reads a batch of any size within the limits.
    ///
    /// - Throws: 415, 413 or 400.
    func read(
        _ body: UnsafeRawBufferPointer,
        _ encoding: ContentEncoding,
        _ now: Timestamp
    ) throws(Problem) -> DecodedBody {
        let decoded = unsafe try bodies.read(body, encoding) { lines in unsafe decode(lines, encoding, now) }
        return try decoded.get()
    }

    /// Reads a batch if that takes little time; otherwise returns `nil`, after little time as well.
    ///
    /// - Throws: 415, 413 or 400.
    func readSmall(
        _ body: UnsafeRawBufferPointer,
        _ encoding: ContentEncoding,
        _ now: Timestamp
    ) throws(Problem) -> DecodedBody? {
        let decoded = unsafe try bodies.readSmall(body, encoding, upTo: BatchReader.smallBytes) { lines in
            unsafe isSmall(lines) ? unsafe decode(lines, encoding, now) : nil
        }
        return try decoded??.get()
    }

    /// Returns whether there are few lines; if the limit is low, decoding checks it itself.
    private func isSmall(_ lines: UnsafeRawBufferPointer) -> Bool {
        guard limits.maximumBatchEvents > BatchReader.smallEvents else { return true }
        return unsafe EventDecoder.lines(in: lines) <= BatchReader.smallEvents
    }

    /// Decodes a body; if it is not lines of events, also determines what it is as a whole.
    private func decode(
        _ lines: UnsafeRawBufferPointer,
        _ encoding: ContentEncoding,
        _ now: Timestamp
    ) -> Result<DecodedBody, Problem> {
        do throws(BatchFault) {
            let batch = unsafe try decoder.decode(lines, now: now)
            if batch.errors.isEmpty { return .success(DecodedBody(batch: batch)) }
            let fault = unsafe BodyFault(lines, encoding, besideEvents: !batch.events.isEmpty)
            return .success(DecodedBody(batch: batch, fault: fault))
        } catch {
            if let fault = unsafe BodyFault(lines, encoding) { return .failure(fault.problem) }
            switch error {
            case .tooManyEvents(let count):
                return .failure(.tooManyEvents(count, limit: limits.maximumBatchEvents))
            }
        }
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
