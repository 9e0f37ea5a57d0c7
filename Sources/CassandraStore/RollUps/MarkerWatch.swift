import Synchronization

/// Since when this process knows of each marker: a lease's marker is removed only by who has watched it long enough.
///
/// A time is taken after the read that shows the marker, so no marker is younger than its watch.
final class MarkerWatch: Sendable {
    /// What is known of the markers of a bucket.
    struct View: Sendable {
        /// The markers that were watched long enough; of a lease of several spans those that were summed since.
        var removable: [Marker.ID: Set<Int64>] = [:]
        /// The span that was summed last.
        var last = Int64.min
    }

    /// What is known of a marker.
    private struct Watched {
        /// When it was first seen, in ns of elapsed time.
        var since: Int64
        /// Of a lease of several spans, those whose sums this process has written since it was removable.
        var summed: Set<Int64> = []
    }

    private struct Bucket {
        var markers: [Marker.ID: Watched] = [:]
        var last = Int64.min
    }

    private let buckets = Mutex<[Int64: Bucket]>([:])

    /// The most markers that are watched in one bucket; the others' turn comes when these are gone.
    static let maximumMarkers = 50_000

    /// Takes in what a read of a bucket showed at `now`, and forgets markers that are gone.
    ///
    /// Those are removable that were seen for the first time at least `age` ago.
    func observe(_ markers: [BucketReader.Marked], in bucket: Int64, now: Int64, age: Int64) -> View {
        buckets.withLock { buckets in
            let known = buckets[bucket] ?? Bucket()
            var kept: [Marker.ID: Watched] = [:]
            for marked in markers.prefix(MarkerWatch.maximumMarkers) {
                kept[marked.marker.id] = known.markers[marked.marker.id] ?? Watched(since: now)
            }
            buckets[bucket] = kept.isEmpty ? nil : Bucket(markers: kept, last: known.last)
            return View(
                removable: kept.filter { now - $0.value.since >= age }.mapValues(\.summed),
                last: known.last
            )
        }
    }

    /// Forgets everything: what was summed may have been set back.
    func forget() { buckets.withLock { $0 = [:] } }

    /// Notes that sums of some spans are at quorum, whose rows were read after these markers were removable.
    func noteSums(of spans: [Int64], under markers: [BucketReader.Marked], in bucket: Int64) {
        buckets.withLock { buckets in
            if let last = spans.last { buckets[bucket]?.last = last }
            for marked in markers {
                let own = spans.filter(marked.spans.contains)
                buckets[bucket]?.markers[marked.marker.id]?.summed.formUnion(own)
            }
        }
    }
}
