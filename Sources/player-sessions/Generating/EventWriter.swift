import PlayerSessions

/// Writes generated events as NDJSON into a reused buffer, formatted like the contract's examples.
struct EventWriter {
    private let players: Players
    private let countries: Countries
    /// The lines written since the last `removeAll`.
    private(set) var bytes: [UInt8] = []
    private var second = Int64.min
    /// The text of `second` with the point of the fraction: `2016-12-02T12:48:05.` and so on.
    private var secondText: [UInt8] = []

    private static let startHead = Array(#"{"event": "start", "country": ""#.utf8)
    private static let startPlayer = Array(#"", "player_id": ""#.utf8)
    private static let endHead = Array(#"{"event": "end", "player_id": ""#.utf8)
    private static let session = Array(#"", "session_id": ""#.utf8)
    private static let timestamp = Array(#"", "ts": ""#.utf8)
    private static let tail = Array("\"}\n".utf8)
    private static let hexDigits = Array("0123456789abcdef".utf8)

    init(_ players: Players, _ countries: Countries) {
        self.players = players
        self.countries = countries
        bytes.reserveCapacity(2 << 20)
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func write(_ event: EventGenerator.Event) {
        let player = Int(event.player)
        if event.isEnd {
            bytes += EventWriter.endHead
        } else {
            bytes += EventWriter.startHead
            let letters = countries.letters[
                players.country(of: player, session: event.session, countries)
            ]
            bytes.append(letters.0)
            bytes.append(letters.1)
            bytes += EventWriter.startPlayer
        }
        let playerID = players.identity(of: player)
        appendHex(playerID.0, 0..<16)
        appendHex(playerID.1, 0..<16)
        bytes += EventWriter.session
        let sessionID = players.sessionIdentity(of: event.session)
        appendHex(sessionID.0, 0..<8)
        bytes.append(UInt8(ascii: "-"))
        appendHex(sessionID.0, 8..<12)
        bytes.append(UInt8(ascii: "-"))
        appendHex(sessionID.0, 12..<16)
        bytes.append(UInt8(ascii: "-"))
        appendHex(sessionID.1, 0..<4)
        bytes.append(UInt8(ascii: "-"))
        appendHex(sessionID.1, 4..<16)
        bytes += EventWriter.timestamp
        append(Timestamp(microseconds: event.timestamp))
        bytes += EventWriter.tail
    }

    /// Appends some of a number's 16 hex digits; digit 0 is the highest.
    private mutating func appendHex(_ bits: UInt64, _ digits: Range<Int>) {
        for digit in digits {
            bytes.append(EventWriter.hexDigits[Int(bits >> UInt64(60 - 4 * digit) & 15)])
        }
    }

    private mutating func append(_ timestamp: Timestamp) {
        let (second, fraction) = timestamp.microseconds.quotientAndRemainder(
            dividingBy: Microseconds.perSecond
        )
        if second != self.second {
            self.second = second
            secondText.removeAll(keepingCapacity: true)
            timestamp.append(to: &secondText)
            secondText.removeLast(7)
        }
        bytes += secondText
        var divisor = 100_000
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(Int(fraction) / divisor % 10))
            divisor /= 10
        }
    }
}
