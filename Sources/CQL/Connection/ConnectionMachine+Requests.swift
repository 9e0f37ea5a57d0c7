extension ConnectionMachine {
    /// Accepts a request, which completes by `deadline`, or at the first tick after it.
    ///
    /// `id` is chosen by the caller and returned with the result. A request waits if the connection is not ready or has
    /// no free stream; if too many wait already, it completes at once as overloaded.
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

    /// Sends waiting requests, as streams and output space allow.
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
