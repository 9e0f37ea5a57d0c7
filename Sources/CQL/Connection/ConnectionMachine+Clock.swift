extension ConnectionMachine {
    /// When `tick` should be called next; `.max` for never.
    ///
    /// It may come earlier than anything has to be done.
    var nextTick: UInt64 {
        guard !isClosed else { return .max }
        let requests = min(streams.earliestDeadline, queue.earliestDeadline)
        return min(handshakeDeadline, requests, keepAliveDeadline ?? idleDeadline)
    }

    private var idleDeadline: UInt64 {
        state == .ready ? lastInput.saturatingAdd(settings.idleMilliseconds) : .max
    }

    /// Takes note of the time.
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
            // Answers to other requests are signs of life, too.
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
