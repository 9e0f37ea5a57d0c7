/// What a process knows of its registration in a month.
struct RegistrationBook {
    /// What a process has logged under a former id.
    struct Cover {
        var process: ProcessID
        var registration: Registration
    }

    /// Under which id this process logs: another one once what was registered under the former may be gone.
    var process: ProcessID
    /// What was logged under former ids, and perhaps is not flushed.
    var covers: [Cover] = []
    /// Logs of former ids that may hold what is not flushed although their generations are.
    var doubts: [Place] = []
    /// Counts the registrations that were begun or ended.
    var term = 0
    /// What is at quorum; `nil` where nothing is.
    var registration: Registration?
    /// What the last registration said of its time.
    var beat: Int64 = 0
    /// The same of the last one that is known to be at quorum.
    var knownBeat: Int64?
    /// The first generation in which something may be that is not flushed; `nil` where there never was any.
    var first: Int64?
    /// The highest generation that was ever entered: none below it is entered again.
    var highest = Int64.min
    /// Up to where all was seen to be flushed.
    ///
    /// That is decided; but only a later decision proves that it is at quorum.
    var flushed: Int64?
    /// The lowest generation that is registered, or will be as soon as a renewal is at quorum.
    var floor = Int64.max
    /// Until when it stands, in ns of elapsed time.
    var expiry = RegistrationBook.never
    /// How many processes write to the month, this one included.
    var writers: Int64 = 1
    /// How many are in each generation.
    var inside: [Int64: Int] = [:]
    /// How many starts were logged in the highest generation.
    var entries = 0
    /// When somebody entered last, in ns of elapsed time.
    var lastEntry = RegistrationBook.never
    /// Who waits for a registration that is being made; `nil` where none is.
    var waiters: [Registrar.Waiter]?
    /// The term of the registration of which a renewal is under way.
    var renewing: Int?
    /// When the last renewal began, in ns of elapsed time.
    var lastRenewal = RegistrationBook.never

    /// Longer ago than any time, so that a difference from it is a number still.
    private static let never = Int64.min / 2

    init(process: ProcessID) {
        self.process = process
    }

    /// The generation for new starts.
    var current: Int64 { registration?.high ?? 0 }

    /// Takes a registration that is at quorum since a time not before `begin`, in ns.
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

    /// Ends the registration, and goes on under another id: what is registered under the former one is not known.
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

    /// The time of the next registration, in ms; `now` is in µs.
    mutating func nextBeat(_ now: Int64) -> Int64 {
        beat = max(beat + 1, now / 1_000)
        return beat
    }

    /// Whether a state that was read serially lacks what is known to be at quorum of this process: its tables were set back.
    func isMissing(in state: BucketState) -> Bool {
        guard let knownBeat else { return false }
        guard let seen = state.registrations[process] else { return highest > state.flushed ?? .min }
        return seen.beat < knownBeat
    }
}
