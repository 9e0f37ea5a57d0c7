internal import PlayerSessions

/// What an invalid line holds besides its known fields; read again only for the messages.
struct LineClues {
    /// Members whose names resemble those of fields.
    private(set) var nearNames: [EventField: String] = [:]
    /// What a number in `ts` stands for.
    private(set) var number: EpochNumber?

    init() {}

    /// Reads a line that is one object.
    init(_ line: Span<UInt8>) {
        var clues = LineClues()
        var members = 0
        // The line was read once without a fault.
        try? JSONScanner.readObject(line) { name, value in
            members += 1
            if value.kind == .number, JSONString.field(name, of: line) == .ts {
                clues.number = EpochNumber(line.extracting(value.text.range))
            } else if members <= LineClues.maximumMembers, name.range.count <= LineClues.maximumNameLength {
                clues.take(JSONString.string(name, of: line))
            }
        }
        self = clues
    }

    /// Keeps a name for the field it resembles; another spelling of the field's own name beats another word.
    private mutating func take(_ name: String) {
        guard EventField(rawValue: name) == nil else { return }
        let plain = LineClues.plain(name)
        for field in EventField.allCases {
            if plain == LineClues.plain(field.rawValue) {
                nearNames[field] = name
            } else if nearNames[field] == nil, LineClues.words[field]?.contains(plain) == true {
                nearNames[field] = name
            }
        }
    }

    /// Members after these are not compared: each costs an allocation, and a line may have thousands.
    private static let maximumMembers = 64
    /// Longer names, in bytes, are not compared, so that a message stays short.
    private static let maximumNameLength = 32

    /// What other systems call the fields, in lower case and without separators.
    private static let words: [EventField: Set<String>] = [
        .event: ["eventtype", "eventname", "type", "action", "kind"],
        .player_id: ["player", "playeruuid", "user", "userid", "uid", "account", "accountid"],
        .session_id: ["session", "sessionuuid", "sid"],
        .ts: [
            "timestamp", "time", "date", "datetime", "eventtime", "eventtimestamp", "occurredat", "createdat",
        ],
        .country: ["countrycode", "countryiso", "cc"],
    ]

    private static func plain(_ name: String) -> String {
        name.lowercased().filter { !"_-. ".contains($0) }
    }
}
