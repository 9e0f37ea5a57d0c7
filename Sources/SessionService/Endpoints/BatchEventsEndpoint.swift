import EventDecoding
import HTTPServer
import PlayerSessions

/// `POST /batchevents`: ingests a batch of events.
///
/// A small body is decoded immediately, on the loop that read it; one that could hold up the loop goes to
/// `LargeBodies`. The steps that follow are the same for both, see `BatchIntake`.
final class BatchEventsEndpoint {
    private let service: SessionService
    private let reader: BatchReader

    init(_ service: SessionService) {
        self.service = service
        reader = BatchReader(service.limits)
    }

    func handle(_ head: HTTPRequestHead, _ body: UnsafeRawBufferPointer, _ exchange: Exchange) {
        let intake = BatchIntake(service, head, exchange)
        intake.attempt { () throws(Problem) in
            try intake.refuseWhileClosing()
            if let batch = unsafe try reader.readSmall(body, intake.encoding, intake.now) {
                try intake.take(batch)
            } else {
                try intake.decodeElsewhere(unsafe HTTPBody(copying: body))
            }
        }
    }

    func handle(_ head: HTTPRequestHead, large body: HTTPBody, _ exchange: Exchange) {
        let intake = BatchIntake(service, head, exchange)
        intake.attempt { () throws(Problem) in
            try intake.refuseWhileClosing()
            try intake.decodeElsewhere(body)
        }
    }
}
