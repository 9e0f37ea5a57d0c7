extension ConnectionMachine {
    /// Takes bytes from the node in pieces of any size, which may become invalid after the call.
    ///
    /// Once the machine wants the transport closed, further bytes are dropped.
    mutating func received(_ bytes: UnsafeRawBufferPointer, _ now: UInt64) {
        precondition(state != .unopened && state != .closed, "bytes from a transport that is not open")
        guard !isClosed else { return }
        lastInput = now
        unsafe decoder.feed(bytes)
        do throws(FrameFault) {
            while !isClosed, let envelope = try decoder.next() { try take(envelope) }
        } catch {
            fail(error.cause)
        }
        guard !isClosed else { return }
        decoder.keep()
        sendQueued()
    }

    private mutating func take(_ envelope: Envelope) throws(FrameFault) {
        let header = envelope.header
        guard header.version & EnvelopeHeader.responseBit != 0 else {
            throw .violation("a request came from the node")
        }
        guard header.version & ~EnvelopeHeader.responseBit == settings.version.rawValue else {
            return try takeOtherVersion(envelope)
        }
        switch header.stream {
        case ConnectionMachine.ownStream: try takeOwn(try message(envelope, nil).response)
        case ConnectionMachine.eventStream: try takeEvent(envelope)
        default: try takeAnswer(envelope)
        }
    }

    /// Handles the error of a node that does not know our version, sent in one that it knows.
    private mutating func takeOtherVersion(_ envelope: Envelope) throws(FrameFault) {
        let version = envelope.header.version & ~EnvelopeHeader.responseBit
        guard state == .options || state == .startup, envelope.header.opcode == Opcode.error.rawValue,
            case .error(let serverError) = try message(envelope, nil).response
        else { throw .violation("a message of version \(version)") }
        fail(.versionRefused(offered: Int(settings.version.rawValue), serverError))
    }

    private mutating func takeEvent(_ envelope: Envelope) throws(FrameFault) {
        guard !settings.events.isEmpty, case .event(let event) = try message(envelope, nil).response else {
            throw .violation("a message that was not asked for")
        }
        act(.event(event))
    }

    private mutating func takeAnswer(_ envelope: Envelope) throws(FrameFault) {
        let stream = envelope.header.stream
        guard let entry = streams.entry(of: stream) else {
            throw .violation("an answer on stream \(stream), which carries no request")
        }
        // The request was given up, so its late response is ignored.
        guard let context = entry.context else { return streams.release(stream) }
        if envelope.isVoid {
            streams.release(stream)
            return act(.complete(entry.id, .success(Answer(.void))))
        }
        let (preamble, response) = try message(envelope, context)
        switch response {
        case .result(let result):
            let answer = Answer(
                result,
                warnings: preamble.warnings,
                tracingID: preamble.tracingID,
                customPayload: preamble.customPayload
            )
            act(.complete(entry.id, .success(answer)))
        case .error(let serverError):
            let execution = serverError.execution(ofBatch: context.isBatch)
            act(.complete(entry.id, .failure(error(.server(serverError), execution, context))))
        default: throw .violation("a request was answered by message \(envelope.header.opcode)")
        }
        streams.release(stream)
    }

    private func message(
        _ envelope: Envelope,
        _ context: RequestContext?
    ) throws(FrameFault) -> (preamble: ResponsePreamble, response: Response) {
        var reader = unsafe ByteReader(Array(envelope.body))
        do throws(MalformedBytes) {
            let preamble = try ResponsePreamble(from: &reader, flags: envelope.header.flags)
            let response = try Response(
                envelope.header.opcode,
                from: &reader,
                version: settings.version,
                context: context
            )
            return (preamble, response)
        } catch {
            throw .violation("message \(envelope.header.opcode): \(error.description)")
        }
    }
}

extension Envelope {
    /// Whether this is the usual response to a write, void and without a preamble, which needs no decoding.
    var isVoid: Bool {
        guard header.opcode == Opcode.result.rawValue, unsafe body.count >= 4,
            header.flags.isDisjoint(with: [.tracing, .warning, .customPayload])
        else { return false }
        return unsafe Int32(bigEndian: body.loadUnaligned(as: Int32.self)) == QueryResult.voidKind
    }
}
