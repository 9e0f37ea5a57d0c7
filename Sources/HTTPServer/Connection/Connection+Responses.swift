extension Connection {
    /// Takes the response to the pending request, or the rendered fault.
    mutating func answer(_ response: HTTPResponse, _ now: UInt64) {
        switch state {
        case .admitting, .body, .delivered, .refusing: break
        default: preconditionFailure("no request waits for an answer")
        }
        body.release()
        storedHead = nil
        tooLarge = nil
        chunks = nil
        let isLast = inputEnded && !hasInput
        if isStopping || isLast { form.keepsAlive = false }
        answer = response
        state = .answered
    }

    /// Notes that the whole response was written.
    mutating func written(_ now: UInt64) {
        precondition(state == .writing, "no answer is being written")
        guard form.keepsAlive else {
            finish(now)
            return
        }
        if bodyRemaining > 0 {
            state = .dropping
            deadline = now + limits.bodyMilliseconds
        } else {
            becomeIdle(now)
        }
    }

    private mutating func becomeIdle(_ now: UInt64) {
        state = .idle
        // A refusal before the next head is not a response to HEAD.
        form = ResponseForm(keepsAlive: false, omitsBody: false, isHTTP10: false)
        deadline = now + (isStopping ? ConnectionLimits.stopIdleMilliseconds : limits.idleMilliseconds)
    }

    /// Ends the connection after its last response.
    ///
    /// Closing a socket with unread bytes sends a reset, which can discard the response before the client has read it.
    /// So if more bytes may come, they are read for a while.
    private mutating func finish(_ now: UInt64) {
        let mayReceive = needsDraining || bodyRemaining > 0 || hasInput
        guard mayReceive, !inputEnded else {
            close()
            return
        }
        state = .draining
        drained = -1
        let silence =
            now + (refusal.map(ConnectionLimits.reserveMilliseconds) ?? ConnectionLimits.drainMilliseconds)
        drainEnd = drainsBriefly ? silence : max(silence, now + limits.bodyMilliseconds)
        deadline = silence
    }

    mutating func drain(_ now: UInt64) -> ConnectionStep? {
        if drained < 0 {
            drained = 0
            return .finishWriting
        }
        if unsafe !input.isEmpty, !isStopping {
            deadline = min(drainEnd, now + ConnectionLimits.drainMilliseconds)
        }
        unsafe drained += input.count
        unsafe take(input.count)
        guard inputEnded || drained > ConnectionLimits.drainedBytes else { return .wait }
        close()
        return nil
    }

    mutating func dropBody(_ now: UInt64) -> ConnectionStep? {
        let dropped = unsafe min(bodyRemaining, input.count)
        take(dropped)
        bodyRemaining -= dropped
        if bodyRemaining == 0 {
            becomeIdle(now)
            return nil
        }
        guard inputEnded else { return .wait }
        close()
        return nil
    }
}
