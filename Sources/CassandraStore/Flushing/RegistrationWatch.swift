import Synchronization

/// Since when this process has seen each registration of a month unchanged: a process that has not renewed its own for
/// longer than a lease lasts is not waited for.
final class RegistrationWatch: Sendable {
    private struct Watched {
        var beat: Int64
        /// When it was first seen, in ns of elapsed time, taken behind the read.
        var since: Int64
    }

    private let buckets = Mutex<[Int64: [ProcessID: Watched]]>([:])

    /// Takes in what a read that began at `begin` and ended at `end` has shown; gives the processes that write nothing to
    /// this generation, or to one before it, any more, and no others.
    ///
    /// A process counts as gone where its registration had been seen for `age` when the read began: had it renewed its lease
    /// in time, the read would have shown it.
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

    /// Forgets everything: it may have been set back.
    func forget() { buckets.withLock { $0 = [:] } }
}
