import ByteBuffers

// OPTIONS, STARTUP and whatever the node then requires, one after another on the machine's own stream.
extension ConnectionMachine {
    mutating func sendOwn(
        _ opcode: Opcode,
        _ encode: (inout ByteBuffer) throws(UnencodableRequest) -> Void
    ) {
        do throws(UnencodableRequest) {
            try encoder.append(opcode, stream: ConnectionMachine.ownStream, encode)
        } catch {
            fail(.configuration(error.reason))
        }
    }

    mutating func takeOwn(_ response: Response) throws(FrameFault) {
        switch (state, response) {
        case (.options, .supported(let supported)): start(supported)
        case (.startup, .ready):
            beginFraming()
            register()
        case (.startup, .authenticate(let message)): authenticate(as: message.authenticator)
        case (.authenticating, .authSuccess): register()
        case (.authenticating, .authChallenge):
            fail(.authenticationUnsupported(authenticator: negotiated.authenticator ?? ""))
        case (.registering, .ready): becomeReady()
        // Any response shows that the node is alive.
        case (.ready, .supported) where keepAliveDeadline != nil,
            (.ready, .error) where keepAliveDeadline != nil:
            keepAliveDeadline = nil
        case (_, .error(let serverError)): refused(serverError)
        default: throw .violation("a message that does not fit into the handshake")
        }
    }

    private mutating func start(_ supported: Supported) {
        if let versions = supported.versions, !versions.contains(settings.version.rawValue) {
            let list = versions.map(String.init).joined(separator: ", ")
            let message = "the node speaks versions \(list.isEmpty ? "unknown to us" : list)"
            return refused(ServerError(.protocolViolation, message: message))
        }
        negotiated.compression = settings.compression.flatMap { supported.supports($0) ? $0 : nil }
        let startup = Startup(compression: negotiated.compression)
        sendOwn(.startup) { (buffer) throws(UnencodableRequest) in try startup.encode(into: &buffer) }
        // Version 4 may compress the response to STARTUP already.
        if settings.version < .v5 { decoder.allowCompression(negotiated.compression) }
        state = .startup
    }

    /// Applies what was agreed: the first response to STARTUP is the last message without it.
    private mutating func beginFraming() {
        encoder.begin(negotiated.compression)
        if settings.version >= .v5 { decoder.beginSegments(negotiated.compression) }
    }

    private mutating func authenticate(as authenticator: String) {
        beginFraming()
        negotiated.authenticator = authenticator
        guard let credentials = settings.credentials else {
            return fail(.credentialsRequired(authenticator: authenticator))
        }
        let response = AuthResponse(credentials)
        sendOwn(.authResponse) { (buffer) throws(UnencodableRequest) in try response.encode(into: &buffer) }
        state = .authenticating
    }

    private mutating func register() {
        guard !settings.events.isEmpty else { return becomeReady() }
        let register = Register(kinds: settings.events)
        sendOwn(.register) { (buffer) throws(UnencodableRequest) in try register.encode(into: &buffer) }
        state = .registering
    }

    private mutating func becomeReady() {
        state = .ready
        handshakeDeadline = .max
        act(.ready(negotiated))
        sendQueued()
    }

    private mutating func refused(_ serverError: ServerError) {
        let isAboutVersion = serverError.kind == .protocolViolation && settings.version.older != nil
        guard state == .options || state == .startup, isAboutVersion else {
            return fail(.server(serverError))
        }
        fail(.versionRefused(offered: Int(settings.version.rawValue), serverError))
    }
}
