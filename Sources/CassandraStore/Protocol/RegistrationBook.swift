/// What a process knows of its registration in a month.
struct RegistrationBook {
    /// What a process logged under a former id.
    struct Cover {
        var process: ProcessID
        var registration: Registration
    }

    /// The id under which this process logs; it changes if the registration under the former one may be lost.
    var process: ProcessID
    /// What was logged under former ids and may not be flushed.
    var covers: [Cover] = []
    /// Logs of former ids that may hold unflushed entries although their generations are flushed.
    var doubts: [Place] = []
    /// Counts the beginnings and ends of registrations.
    var term = 0
    /// The registration that is at quorum; `nil` if there is none.
    var registration: Registration?
    /// The highest beat that was used or seen.
    var beat: Int64 = 0
    /// The highest beat of this id that is known to be at quorum.
    var knownBeat: Int64?
    /// The first generation that may hold unflushed entries; `nil` if none was ever logged under this id.
    var first: Int64?
    /// The highest generation that was registered; no new start is logged below it.
    var highest = Int64.min
    /// The generation up to which everything was seen to be flushed.
    ///
    /// That is decided, but only a later decision proves that it is at quorum.
    var flushed: Int64?
    /// The lowest generation that is registered, or will be when a pending renewal is at quorum.
    var floor = Int64.max
    /// When the registration expires, in ns of elapsed time.
    var expiry = RegistrationBook.never
    /// How many processes write to the month, including this one.
    var writers: Int64 = 1
    /// How many requests are inside each generation.
    var inside: [Int64: Int] = [:]
    /// How many starts entered the highest generation.
    var entries = 0
    /// When a request last entered, in ns of elapsed time.
    var lastEntry = RegistrationBook.never
    /// The requests that wait for a registration in progress; `nil` if there is none.
    var waiters: [Registrar.Waiter]?
    /// The term of the registration that is being renewed.
    var renewing: Int?
    /// When the last renewal began, in ns of elapsed time.
    var lastRenewal = RegistrationBook.never

    /// Before any time, yet near enough that a difference from it does not overflow.
    private static let never = Int64.min / 2

    init(process: ProcessID) {
        self.process = process
    }

    /// The generation for new starts.
    var current: Int64 { registration?.high ?? 0 }

    /// Records a registration that came to be at quorum no earlier than `begin`, in ns.
    mutating func begin(_ registration: Registration, at begin: Int64) {
        term += 1
        self.registration = registration
        knownBeat = registration.beat
        first = registration.first
        floor = registration.low
        highest = registration.high
        expiry = begin + Lease.length
        entries = 0
        lastEntry = begin
    }

    /// Ends the registration: nothing more may be acknowledged under it.
    mutating func end() {
        term += 1
        registration = nil
        inside = [:]
        expiry = RegistrationBook.never
        floor = .max
    }

    /// Ends the registration and continues under another id: the state of the former one is uncertain.
    mutating func end(continuingAs process: ProcessID) {
        if let first, highest >= first, highest - first < Registration.maximumRange {
            let registration = Registration(
                first: first,
                low: Registration.idle,
                high: highest,
                beat: beat + 1
            )
            covers.append(Cover(process: self.process, registration: registration))
        }
        end()
        self.process = process
        knownBeat = nil
        first = nil
        flushed = nil
    }

    /// Returns the beat of the next registration, in ms; `now` is in µs.
    mutating func nextBeat(_ now: Int64) -> Int64 {
        beat = max(beat + 1, now / 1_000)
        return beat
    }

    /// Returns whether a state that was read serially lacks what is known to be at quorum: its tables were set back.
    func isMissing(in state: MonthState) -> Bool {
        guard let knownBeat else { return false }
        guard let seen = state.registrations[process] else { return highest > state.flushed ?? .min }
        return seen.beat < knownBeat
    }
}
