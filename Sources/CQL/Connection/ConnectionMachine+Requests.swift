extension ConnectionMachine {
    /// Takes a request, which is completed by `deadline` at the latest, or at the tick after it.
    ///
    /// `id` is the caller's, and comes back with the answer. A request waits where the connection is not ready or all
    /// streams are taken; where too many wait, it is completed as overloaded at once.
    mutating func submit(_ request: Request, id: RequestID, deadline: UInt64, now: UInt64) {
        if isClosed { return refuse(request, id, .connectionClosed) }
        guard deadline > now else { return refuse(request, id, .timedOut) }
        if queue.isEmpty, canSend {
            send(request, id, deadline)
        } else if queue.count < settings.maximumQueued {
            queue.append(.init(request: request, id: id, deadline: deadline))
        } else {
            refuse(request, id, .overloaded)
        }
    }

    /// Sends what waits, as far as there are streams and room.
    mutating func sendQueued() {
        while canSend, let element = queue.popFirst() {
            send(element.request, element.id, element.deadline)
        }
    }

    private var canSend: Bool {
        state == .ready && streams.hasFree && encoder.count < settings.maximumOutputBytes
    }

    private mutating func send(_ request: Request, _ id: RequestID, _ deadline: UInt64) {
        let stream = streams.take(id, deadline: deadline, RequestContext(request))
        let version = settings.version
        do throws(UnencodableRequest) {
            try encoder.append(request.opcode, stream: stream, isTraced: request.isTraced) {
                (buffer) throws(UnencodableRequest) in
                try request.encode(into: &buffer, version: version)
            }
        } catch {
            streams.release(stream)
            refuse(request, id, .invalidRequest(error.reason))
        }
    }

    private mutating func refuse(_ request: Request, _ id: RequestID, _ cause: CQLError.Cause) {
        act(.complete(id, .failure(error(cause, .notExecuted, RequestContext(request)))))
    }
}
