extension ConnectionMachine {
    /// When to call `tick` next; `.max` for never.
    ///
    /// It may be earlier than the next thing to do.
    var nextTick: UInt64 {
        guard !isClosed else { return .max }
        let requests = min(streams.earliestDeadline, queue.earliestDeadline)
        return min(handshakeDeadline, requests, keepAliveDeadline ?? idleDeadline)
    }

    private var idleDeadline: UInt64 {
        state == .ready ? lastInput.saturatingAdd(settings.idleMilliseconds) : .max
    }

    /// Expires requests, checks deadlines, and sends keepalives.
    mutating func tick(_ now: UInt64) {
        guard !isClosed else { return }
        expireRequests(now)
        if streams.orphanCount > settings.maximumOrphans {
            fail(.tooManyOrphans(streams.orphanCount))
        } else if handshakeDeadline <= now {
            fail(.handshakeTimedOut)
        } else {
            keepAlive(now)
        }
    }

    private mutating func expireRequests(_ now: UInt64) {
        for element in queue.expire(now) {
            let context = RequestContext(element.request)
            act(.complete(element.id, .failure(error(.timedOut, .notExecuted, context))))
        }
        for entry in streams.expire(now) {
            act(.complete(entry.id, .failure(error(.timedOut, .mayHaveExecuted, entry.context))))
        }
    }

    private mutating func keepAlive(_ now: UInt64) {
        if let deadline = keepAliveDeadline {
            guard deadline <= now else { return }
            // Responses to other requests also show that the node is alive.
            guard lastInput > keepAliveSent else { return fail(.keepAliveTimedOut) }
            keepAliveSent = now
            keepAliveDeadline = now.saturatingAdd(settings.keepAliveMilliseconds)
        } else if idleDeadline <= now {
            keepAliveSent = now
            keepAliveDeadline = now.saturatingAdd(settings.keepAliveMilliseconds)
            sendOwn(.options) { (buffer) throws(UnencodableRequest) in Options().encode(into: &buffer) }
        }
    }
}
