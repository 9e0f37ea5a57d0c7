import PlayerSessions

@testable import CassandraStore

/// What happens in a simulated world: who tells what, how often, and what goes wrong.
struct HistoryShape {
    /// How many sessions there are, all of one player.
    var sessions = 2
    /// How many batches are told in a phase.
    var batches = 6
    /// The most events of a batch.
    var eventsPerBatch = 2
    /// Of how many events one is an end.
    var endOnceIn = 4
    /// When sessions may start, in µs before the phase begins.
    var ages: [Int64] = [
        0, 1, 20 * Microseconds.perMinute, 20 * Microseconds.perMinute + 1, 35 * Microseconds.perDay,
    ]
    /// Within how many ms the batches of a phase are told.
    var milliseconds: Int64 = 60_000
    /// How often, when all is quiet, sums are made and everything is asked.
    var rounds = 3
    /// How many processes tell, flush and count.
    var processes = 3
    /// How many of them visit all months now and then; each flushes the months that it writes to.
    var flushers = 2
    /// How many counts are asked for meanwhile.
    var counts = 10
    /// Within how many ms the counts are asked for.
    var countMilliseconds: Int64 = 120_000
    /// One batch in so many is given up where it fails.
    var givesUpOnceIn = 3
    /// How many of the batches are told by a process that dies over it, first of all, and whose messages are mostly lost.
    var victims = 0
    /// How long sessions are kept.
    var retention = Retention.forever
    /// How often all begins again, with more batches for the same sessions, once the former ones were told and all
    /// answers were right.
    var phases = 1
    /// One batch in so many is one of an earlier phase, told again.
    var repeatsOnceIn = 4
    /// How many processes make all sums anew meanwhile.
    var rebuilds = 0
    /// How often tombstones are purged in a phase, on some replicas.
    var compactions = 0
    /// How long they are kept.
    var grace = Grace()
    /// What goes wrong.
    var faults = Faults()

    /// From the beginning of a phase to that of the next, in hours; a phase lasts for less than three.
    static let phaseHours: Int64 = 12

    /// Starts of one session that meet within the time that a message takes, one of a writer that dies over it.
    static let race: HistoryShape = {
        var shape = HistoryShape()
        shape.sessions = 1
        shape.batches = 5
        shape.milliseconds = 40
        shape.ages = [0, 1, 2]
        shape.victims = 1
        return shape
    }()

    /// Moves and flushes over minutes.
    static let flushing: HistoryShape = {
        var shape = HistoryShape()
        shape.batches = 10
        shape.eventsPerBatch = 1
        shape.milliseconds = 900_000
        shape.flushers = 3
        shape.counts = 20
        shape.countMilliseconds = 1_800_000
        shape.ages = [
            20 * Microseconds.perMinute, 20 * Microseconds.perMinute + 1, 50 * Microseconds.perMinute,
        ]
        return shape
    }()

    /// Starts of hours, days and months that are over, of many sessions.
    static let importing: HistoryShape = {
        var shape = HistoryShape()
        // So many that most are told one start and not moved.
        shape.sessions = 12
        shape.batches = 10
        shape.milliseconds = 600_000
        shape.counts = 20
        shape.countMilliseconds = 1_200_000
        let hour = Microseconds.perHour
        shape.ages = [25 * hour, 25 * hour + 1, 25 * hour + hour / 4, 26 * hour, 50 * hour, 900 * hour]
        return shape
    }()

    /// Moves and flushes, and processes that make all sums anew beside them.
    static let rebuilding: HistoryShape = {
        var shape = HistoryShape.flushing
        shape.rebuilds = 3
        shape.flushers = 2
        return shape
    }()

    /// Phases over which tombstones are purged, with starts ahead of their time.
    static let purging: HistoryShape = {
        var shape = HistoryShape()
        shape.batches = 8
        shape.eventsPerBatch = 1
        shape.milliseconds = 600_000
        let hour = Microseconds.perHour
        shape.ages = [-13 * hour, -14 * hour, hour / 3, hour, 50 * hour]
        shape.phases = 3
        shape.flushers = 3
        shape.countMilliseconds = 1_200_000
        shape.compactions = 4
        // Longer than anything is on its way, shorter than a phase.
        shape.grace = Grace(usual: 7_200, ends: 3_600, logs: 3_600)
        return shape
    }()

    /// Phases over which starts expire and are forgotten.
    ///
    /// Ages and the retention are such that nothing expires or is forgotten within three hours of a phase's begin, in
    /// which order and clocks would decide what is right: a start of age a expires 18 − a hours and is forgotten
    /// 36 − a hours behind its phase's begin, so 5 or 11 hours behind some phase's.
    static let expiring: HistoryShape = {
        var shape = HistoryShape()
        shape.retention = Retention(microseconds: 18 * Microseconds.perHour)
        shape.ages = [1, 7, 19, 31].map { $0 * Microseconds.perHour }
        shape.ages += [Microseconds.perHour + 1, 43 * Microseconds.perHour]
        shape.batches = 4
        shape.phases = 7
        shape.counts = 4
        shape.rounds = 2
        return shape
    }()
}
