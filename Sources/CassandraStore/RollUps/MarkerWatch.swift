import Synchronization

/// Since when this process knows of each marker: a lease's marker is removed only by who has watched it long enough.
///
/// A time is taken after the read that shows the marker, so no marker is younger than its watch.
final class MarkerWatch: Sendable {
    /// What is known of a marker.
    private struct Watched {
        /// When it was first seen, in ns of elapsed time.
        var since: Int64
        /// Of a lease of several spans, those whose sums this process has written since it was removable.
        var summed: Set<Int64> = []
    }

    private let watched = Mutex<[Int64: [Marker.ID: Watched]]>([:])

    /// The most markers that are watched in one bucket; the others' turn comes when these are gone.
    static let maximumMarkers = 50_000

    /// Takes in what a read of a bucket showed at `now`, and forgets markers that are gone.
    ///
    /// Gives those that were seen for the first time at least `age` ago, each with the spans that were summed since.
    func observe(
        _ markers: [BucketReader.Marked],
        in bucket: Int64,
        now: Int64,
        age: Int64
    ) -> [Marker.ID: Set<Int64>] {
        watched.withLock { watched in
            let known = watched[bucket] ?? [:]
            var kept: [Marker.ID: Watched] = [:]
            for marked in markers.prefix(MarkerWatch.maximumMarkers) {
                kept[marked.marker.id] = known[marked.marker.id] ?? Watched(since: now)
            }
            watched[bucket] = kept.isEmpty ? nil : kept
            return kept.filter { now - $0.value.since >= age }.mapValues(\.summed)
        }
    }

    /// Notes that sums of some spans are at quorum, whose rows were read after these markers were removable.
    func noteSums(of spans: [Int64], under markers: [BucketReader.Marked], in bucket: Int64) {
        watched.withLock { watched in
            for marked in markers {
                watched[bucket]?[marked.marker.id]?.summed.formUnion(spans.filter(marked.spans.contains))
            }
        }
    }
}
