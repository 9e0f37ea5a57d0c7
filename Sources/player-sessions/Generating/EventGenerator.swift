import PlayerSessions

/// Generates events as a live service would receive them: in order of time, starts and ends mixed.
///
/// Time is divided into slices. Each slice draws its starts, adds the ends that fall into it, sorts the events and
/// passes them on; ends in later slices wait there. Memory grows with the number of concurrent sessions, 16 bytes each,
/// not with the total.
struct EventGenerator {
    struct Plan: Sendable {
        var players = 1_000
        var sessions = 10_000
        var seed: UInt64 = 1
        /// The window in which sessions start; no event is after its end.
        var window: TrailingWindow
    }

    struct Event {
        var timestamp: Int64
        var player: UInt32
        /// The session's number · 2, plus 1 for an end.
        var key: UInt32

        var isEnd: Bool { key & 1 == 1 }
        var session: Int { Int(key >> 1) }
    }

    /// The maximum number of players, so that their numbers fit 32 bits.
    static let maximumPlayers = 1_000_000_000
    /// The maximum number of sessions, so that twice their numbers fit 32 bits.
    static let maximumSessions = 1_000_000_000
    private static let sessionsPerSlice = 4_096
    /// An hour of the day needs several slices, and an empty slice costs next to nothing.
    private static let minimumSlices = 240
    private static let medianSeconds = 22.0 * 60
    private static let secondsRange = 5.0...43_200
    /// One session in this many never sends its end.
    private static let sessionsForOneLostEnd: UInt64 = 100

    let plan: Plan
    let countries = Countries()
    let players: Players
    private var random: RandomSource
    private let sliceCount: Int
    private var waiting: [[Event]]

    init(_ plan: Plan) {
        self.plan = plan
        players = Players(seed: plan.seed, count: plan.players)
        random = RandomSource(seed: plan.seed, purpose: 5, index: 0)
        let hours = (plan.window.until.microseconds - plan.window.from.microseconds) / Microseconds.perHour
        sliceCount = max(
            EventGenerator.minimumSlices,
            plan.sessions / EventGenerator.sessionsPerSlice,
            Int(min(hours, 876_600)) * 4
        )
        waiting = Array(repeating: [], count: sliceCount)
    }

    /// Generates all events slice by slice, each slice sorted by time.
    mutating func run<Failure: Error>(_ consume: ([Event]) throws(Failure) -> Void) throws(Failure) {
        var weights: [Double] = []
        weights.reserveCapacity(sliceCount)
        var sum = 0.0
        for slice in 0..<sliceCount {
            sum += countries.activityOfAll[hour(boundary(slice))]
            weights.append(sum)
        }
        var made = 0
        for slice in 0..<sliceCount {
            let due = Int((weights[slice] / sum * Double(plan.sessions)).rounded())
            var events = waiting[slice]
            waiting[slice] = []
            while made < due {
                start(session: made, slice, &events)
                made += 1
            }
            events.sort { ($0.timestamp, $0.key) < ($1.timestamp, $1.key) }
            if !events.isEmpty { try consume(events) }
        }
    }

    /// Returns the instant after which the events of a slice lie.
    private func boundary(_ slice: Int) -> Int64 {
        let length = plan.window.until.microseconds - plan.window.from.microseconds
        let product = length.multipliedFullWidth(by: Int64(slice))
        return plan.window.from.microseconds + Int64(sliceCount).dividingFullWidth(product).quotient
    }

    private func hour(_ timestamp: Int64) -> Int {
        Int(timestamp / Microseconds.perHour % 24)
    }

    private mutating func start(session: Int, _ slice: Int, _ events: inout [Event]) {
        let first = boundary(slice)
        let length = max(1, boundary(slice + 1) - first)
        let timestamp = first + 1 + Int64(random.next(below: UInt64(length)))
        let player = drawPlayer(at: hour(timestamp))
        events.append(Event(timestamp: timestamp, player: player, key: UInt32(session) << 1))

        let doublings = 1.45 * random.normal()
        let seconds = EventGenerator.medianSeconds * Exponentials.power2(doublings)
        let range = EventGenerator.secondsRange
        let clamped = min(max(seconds, range.lowerBound), range.upperBound)
        let end = timestamp + Int64(clamped * 1e6) + Int64(random.next(below: 1_000))
        let isLost = random.next(below: EventGenerator.sessionsForOneLostEnd) == 0
        guard !isLost, end <= plan.window.until.microseconds else { return }
        let event = Event(timestamp: end, player: player, key: UInt32(session) << 1 | 1)
        let target = self.slice(of: end, notBefore: slice)
        if target == slice { events.append(event) } else { waiting[target].append(event) }
    }

    /// Returns the slice that contains an instant of the window.
    private func slice(of timestamp: Int64, notBefore slice: Int) -> Int {
        let length = plan.window.until.microseconds - plan.window.from.microseconds
        let product = (timestamp - plan.window.from.microseconds - 1).multipliedFullWidth(
            by: Int64(sliceCount)
        )
        var result = min(sliceCount - 1, max(slice, Int(length.dividingFullWidth(product).quotient)))
        // Boundaries are rounded down.
        while result + 1 < sliceCount, timestamp > boundary(result + 1) { result += 1 }
        while result > slice, timestamp <= boundary(result) { result -= 1 }
        return result
    }

    /// Draws a player who is likely to be awake; sleeping ones are drawn again.
    private mutating func drawPlayer(at hour: Int) -> UInt32 {
        var player = players.draw(&random)
        // Bounded: with few players, all may be asleep.
        for _ in 0..<8 {
            let home = players.home(of: player, countries)
            if random.fraction() < countries.activity[home * 24 + hour] { break }
            player = players.draw(&random)
        }
        return UInt32(player)
    }
}
