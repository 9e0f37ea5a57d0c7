import PlayerSessions

/// How long the cluster keeps what is written now: the TTLs of a retention.
///
/// TTLs only give space back. What is expired or forgotten is judged by readers, to the microsecond, so a row may stay
/// too long and must never go too early. Hence a day on top, for clocks that differ and for events ahead of them.
struct Lifetime: Sendable {
    /// How long sessions are kept.
    var retention: Retention

    /// The most seconds that Cassandra takes for a TTL: twenty years.
    static let maximumSeconds: Int64 = 630_720_000
    /// Seconds since 1970 behind which a row must not expire while a cluster keeps the formats of Cassandra 4
    /// (`storage_compatibility_mode: CASSANDRA_4`, the default): 2038-01-19T03:14:06Z.
    static let lastExpiry: Int64 = 2_147_483_646
    /// What is added to every TTL.
    private static let slackSeconds: Int64 = 86_400

    /// Seconds for a session's facts; 0 keeps them for good.
    ///
    /// Three times the retention, not twice: a start that absorbed another has to be there as long as the other could
    /// show. The other may have been received until twice the retention after the first, and shows for a retention more.
    func facts(_ instant: Int64, now: Int64) -> Int32 { seconds(retentions: 3, after: instant, now: now) }

    /// Seconds for what queries read of a session; 0 keeps it for good.
    ///
    /// Until the session is forgotten, not until it expires: who raises the retention before shows it again.
    func index(_ instant: Int64, now: Int64) -> Int32 { seconds(retentions: 2, after: instant, now: now) }

    /// Seconds for what outside readers read, who look at no clock, until `instant` expires; 0 keeps it for good.
    func hours(_ instant: Int64, now: Int64) -> Int32 { seconds(retentions: 1, after: instant, now: now) }

    /// Seconds for what was flushed of a minute: as long as a session's facts, which say where it was flushed.
    func flushed(_ instant: Int64, now: Int64) -> Int32 { facts(instant, now: now) }

    /// For how many days sessions are kept, rounded up; 0 for ever.
    var keptDays: Int64 {
        guard let retention = retention.microseconds else { return 0 }
        return max(1, (retention + Microseconds.perDay - 1) / Microseconds.perDay)
    }

    /// The lifetime of what is kept for so many days, 0 for good.
    init(keptDays: Int64) {
        let isForGood = keptDays <= 0 || keptDays >= Claim.maximumKeptDays
        retention = isForGood ? .forever : Retention(days: Int(keptDays))
    }

    /// The lifetime of a retention.
    init(retention: Retention) {
        self.retention = retention
    }

    /// The longer of two numbers of days, of which 0 is for good.
    static func longer(_ some: Int64, _ other: Int64) -> Int64 {
        some == 0 || other == 0 ? 0 : max(some, other)
    }

    /// The lifetime of what a process kept for so many days: this one where it is its own.
    func forKept(days: Int64) -> Lifetime {
        days == min(keptDays, Claim.maximumKeptDays) ? self : Lifetime(keptDays: days)
    }

    /// Whether what is written now lasts for longer than what was written by a process that kept sessions for so many
    /// days.
    func outlasts(keptDays days: Int64) -> Bool {
        days > 0 && (keptDays == 0 || min(keptDays, Claim.maximumKeptDays) > days)
    }

    /// Whether what is received now stays for good although a retention is set, because that is longer than TTLs can say.
    func isBeyondTTLs(now: Int64) -> Bool { retention.microseconds != nil && facts(now, now: now) == 0 }

    private func seconds(retentions: Int64, after instant: Int64, now: Int64) -> Int32 {
        guard let retention = retention.microseconds else { return 0 }
        let ahead = max(0, instant - now)
        let seconds = (retentions * retention + ahead) / Microseconds.perSecond + 1 + Lifetime.slackSeconds
        guard seconds <= Lifetime.maximumSeconds,
            now / Microseconds.perSecond + seconds <= Lifetime.lastExpiry
        else { return 0 }
        return Int32(seconds)
    }
}
