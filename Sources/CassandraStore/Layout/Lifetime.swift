import PlayerSessions

/// The TTLs that follow from a retention, for what is written now.
///
/// TTLs only give space back. Readers judge to the microsecond what is expired or forgotten, so a row may stay too long
/// but must never go too early. Hence a day is added, for clocks that differ and for events ahead of them.
struct Lifetime: Sendable {
    var retention: Retention

    /// The longest TTL that Cassandra accepts, in seconds: twenty years.
    static let maximumSeconds: Int64 = 630_720_000
    /// The last second since 1970 at which a row may expire while a cluster keeps the formats of Cassandra 4
    /// (`storage_compatibility_mode: CASSANDRA_4`, the default): 2038-01-19T03:14:06Z.
    static let lastExpiry: Int64 = 2_147_483_646
    /// What is added to every TTL.
    private static let slackSeconds: Int64 = 86_400

    /// Returns the TTL of a session's facts, in seconds; 0 keeps them for good.
    ///
    /// Three times the retention, not twice: a start that absorbed another has to stay as long as the other could show.
    /// The other may have been received until twice the retention after the first, and shows for a retention more.
    func facts(_ instant: Int64, now: Int64) -> Int32 { seconds(retentions: 3, after: instant, now: now) }

    /// Returns the TTL of what queries read of a session, in seconds; 0 keeps it for good.
    ///
    /// It lasts until the session is forgotten, not until it expires: if the retention is raised before, the session
    /// shows again.
    func index(_ instant: Int64, now: Int64) -> Int32 { seconds(retentions: 2, after: instant, now: now) }

    /// Returns the TTL of what outside readers read, in seconds; 0 keeps it for good.
    ///
    /// It lasts until `instant` expires, because these readers look at no clock.
    func hours(_ instant: Int64, now: Int64) -> Int32 { seconds(retentions: 1, after: instant, now: now) }

    /// Returns the TTL of flushed starts, in seconds: that of a session's facts, which say where the start was flushed.
    func flushed(_ instant: Int64, now: Int64) -> Int32 { facts(instant, now: now) }

    /// For how many days sessions are kept, rounded up; 0 for good.
    var keptDays: Int64 {
        guard let retention = retention.microseconds else { return 0 }
        return max(1, (retention + Microseconds.perDay - 1) / Microseconds.perDay)
    }

    /// The lifetime of what is kept for `keptDays` days; 0, or the maximum of a claim and above, is for good.
    init(keptDays: Int64) {
        let isForGood = keptDays <= 0 || keptDays >= Claim.maximumKeptDays
        retention = isForGood ? .forever : Retention(days: Int(keptDays))
    }

    init(retention: Retention) {
        self.retention = retention
    }

    /// Returns the longer of two numbers of days, 0 being for good.
    static func longer(_ some: Int64, _ other: Int64) -> Int64 {
        some == 0 || other == 0 ? 0 : max(some, other)
    }

    /// Returns the lifetime of what is kept for `days` days: this one if that is its own number.
    func forKept(days: Int64) -> Lifetime {
        days == min(keptDays, Claim.maximumKeptDays) ? self : Lifetime(keptDays: days)
    }

    /// Returns whether what is written now outlasts what a process that keeps sessions for `days` days wrote.
    func outlasts(keptDays days: Int64) -> Bool {
        days > 0 && (keptDays == 0 || min(keptDays, Claim.maximumKeptDays) > days)
    }

    /// Returns whether what is received now stays for good despite a retention, because that is longer than TTLs can
    /// express.
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
