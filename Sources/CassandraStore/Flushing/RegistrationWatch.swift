import Synchronization

/// Since when this process has seen each registration of a month unchanged.
///
/// A process that has not renewed its registration for longer than a lease lasts is not waited for.
final class RegistrationWatch: Sendable {
    private struct Watched {
        var beat: Int64
        /// When it was first seen, in ns of elapsed time, taken after the read.
        var since: Int64
    }

    private let buckets = Mutex<[Int64: [ProcessID: Watched]]>([:])

    /// Records the registrations that a read from `begin` to `end` has shown, and returns the processes that are gone.
    ///
    /// A process is gone if its registration had been seen unchanged for `age` ns when the read began: had it renewed
    /// its lease in time, the read would have shown it.
    func observe(
        _ registrations: [ProcessID: Registration],
        in bucket: Int64,
        begin: Int64,
        end: Int64,
        age: Int64
    ) -> Set<ProcessID> {
        buckets.withLock { buckets in
            let known = buckets[bucket] ?? [:]
            var kept: [ProcessID: Watched] = [:]
            var gone: Set<ProcessID> = []
            for (process, registration) in registrations {
                if let former = known[process], former.beat == registration.beat {
                    kept[process] = former
                    if begin - former.since >= age { gone.insert(process) }
                } else {
                    kept[process] = Watched(beat: registration.beat, since: end)
                    if age == 0 { gone.insert(process) }
                }
            }
            buckets[bucket] = kept.isEmpty ? nil : kept
            return gone
        }
    }

    /// Forgets everything: tables may have been set back.
    func forget() { buckets.withLock { $0 = [:] } }
}
