import EventDecoding
import HTTPServer
import PlayerSessions

/// `POST /batchevents`: takes a batch of events in.
///
/// A small body is decoded at once, on the loop that read it; one that could hold the loop up goes to
/// `LargeBodies`. What follows is the same for both and stands in `BatchIntake`.
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
