import PlayerSessions

// Short forms for the cases of the suite; each traps on an invalid text.

func id(_ text: String) -> Identifier {
    guard let id = try? Identifier(text) else { preconditionFailure("no id: \(text)") }
    return id
}

func country(_ text: String) -> CountryCode {
    guard let country = CountryCode(text) else { preconditionFailure("no country: \(text)") }
    return country
}

func instant(_ text: String) -> Timestamp {
    guard let instant = try? Timestamp(parsing: text) else { preconditionFailure("no instant: \(text)") }
    return instant
}

func start(_ player: String, _ session: String, _ code: String, _ timestamp: Timestamp) -> SessionEvent {
    SessionEvent(
        .start(country(code)),
        playerID: id(player),
        sessionID: id(session),
        timestamp: timestamp
    )
}

func end(_ player: String, _ session: String, _ timestamp: Timestamp) -> SessionEvent {
    SessionEvent(.end, playerID: id(player), sessionID: id(session), timestamp: timestamp)
}

func counts(_ counts: [String: Int]) -> StartCounts {
    StartCounts(uniqueKeysWithValues: counts.map { (country($0.key), $0.value) })
}

extension Timestamp {
    static func + (instant: Timestamp, microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: instant.microseconds + microseconds)
    }

    static func - (instant: Timestamp, microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: instant.microseconds - microseconds)
    }
}

let second = Microseconds.perSecond
let minute = Microseconds.perMinute
let hour = Microseconds.perHour
let day = Microseconds.perDay

/// Midnight between two months, so that every boundary is near.
let midnight = instant("2016-12-01T00:00:00Z")

/// The window of all possible starts.
let always = TrailingWindow(from: Timestamp(microseconds: -1), until: .latest)
