import Synchronization

/// Since when this process knows of each marker: a lease's marker is removed only by who has watched it long enough.
///
/// A time is taken after the read that shows the marker, so no marker is younger than its watch.
final class MarkerWatch: Sendable {
    private let firstSeen = Mutex<[Int64: [Marker.ID: Int64]]>([:])

    /// The most markers that are watched in one bucket; the others' turn comes when these are gone.
    static let maximumMarkers = 50_000

    /// Takes in what a read of a bucket showed at `now`, and forgets markers that are gone.
    ///
    /// Gives those that were seen for the first time at least `age` ago.
    func observe(_ markers: [BucketReader.Marked], in bucket: Int64, now: Int64, age: Int64) -> Set<Marker.ID>
    {
        firstSeen.withLock { firstSeen in
            let known = firstSeen[bucket] ?? [:]
            var kept: [Marker.ID: Int64] = [:]
            for marked in markers.prefix(MarkerWatch.maximumMarkers) {
                kept[marked.marker.id] = known[marked.marker.id] ?? now
            }
            firstSeen[bucket] = kept.isEmpty ? nil : kept
            return Set(kept.filter { now - $0.value >= age }.keys)
        }
    }
}
