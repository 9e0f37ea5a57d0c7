import PlayerSessions
import Testing

@testable import CassandraStore

/// Which spans are summed and which markers go.
@Suite struct RollUpPlanTests {
    private static let day = Tier.day.spans(of: 17_000)
    private static let now = Timestamp(microseconds: Tier.day.begin(of: 17_002))

    private func marked(
        _ span: Int64,
        _ id: UInt8,
        _ purpose: Marker.Purpose = .lease(.span)
    ) -> BucketReader.Marked {
        BucketReader.Marked(span: span, marker: Marker(id: Marker.ID(bytes: [id]), purpose: purpose))
    }

    private var dayLease: BucketReader.Marked { marked(RollUpPlanTests.day.lowerBound, 0, .lease(.day)) }

    /// A plan where these are removable, each with the spans that were summed since, behind a span.
    private func plan(
        _ marked: [BucketReader.Marked],
        _ removable: [UInt8: Set<Int64>],
        now: Timestamp = now,
        last: Int64 = .min
    ) -> RollUpPlan {
        let ids = removable.map { (Marker.ID(bytes: [$0.key]), $0.value) }
        return RollUpPlan(
            marked,
            now: now,
            watched: MarkerWatch.View(removable: Dictionary(uniqueKeysWithValues: ids), last: last),
            sumsAllSpans: true
        )
    }

    @Test func `a day's lease goes with the batch that sums the last span of the day`() {
        var summed: Set<Int64> = []
        var batches = 0
        while true {
            let plan = plan([dayLease], [0: summed])
            batches += 1
            #expect(plan.spans.count == RollUpPlan.maximumSpans)
            #expect(summed.isDisjoint(with: plan.spans))
            summed.formUnion(plan.spans)
            if !plan.markers.isEmpty { break }
            #expect(plan.unfinished == [dayLease])
            guard batches < 20 else { break }
        }
        #expect(summed == Set(RollUpPlanTests.day))
        #expect(batches == 9)
    }

    @Test func `a span that waits keeps the day's lease, and not the other spans`() {
        let waiting = RollUpPlanTests.day.lowerBound + 3
        let first = plan([dayLease, marked(waiting, 1)], [0: []])
        #expect(!first.spans.contains(waiting))
        #expect(first.spans.count == RollUpPlan.maximumSpans)
        let others = Set(RollUpPlanTests.day).subtracting([waiting])
        let second = plan([dayLease, marked(waiting, 1)], [0: others])
        #expect(second.isEmpty)
        let third = plan([dayLease, marked(waiting, 1)], [0: others, 1: []])
        #expect(third.spans == [waiting])
        #expect(Set(third.markers.map(\.marker.id.bytes)) == [[0], [1]])
    }

    @Test func `a day's lease that is not ripe keeps all spans of its day, and no others`() {
        let before = RollUpPlanTests.day.lowerBound - 1
        let markers = [
            marked(before, 1), dayLease, marked(RollUpPlanTests.day.lowerBound + 3, 2),
            marked(RollUpPlanTests.day.upperBound, 3),
        ]
        let plan = plan(markers, [1: [], 2: [], 3: []])
        #expect(plan.spans == [before, RollUpPlanTests.day.upperBound])
        #expect(plan.markers.map(\.marker.id.bytes) == [[1], [3]])
    }

    @Test func `a crowd of leases that could go is not kept by one that could not`() {
        let crowd = (1...UInt8(RollUpPlan.crowd)).map {
            marked(RollUpPlanTests.day.lowerBound, $0, .lease(.day))
        }
        let removable = Dictionary(uniqueKeysWithValues: crowd.map { ($0.marker.id.bytes[0], Set<Int64>()) })
        let plan = plan([dayLease] + crowd, removable)
        #expect(plan.spans.count == RollUpPlan.maximumSpans)
        #expect(plan.unfinished.count == RollUpPlan.crowd)
    }

    @Test func `markers for which there was no room go later, with no more spans to sum`() {
        let many = (0..<UInt8(RollUpPlan.maximumMarkers + 2)).map {
            marked(RollUpPlanTests.day.lowerBound, $0, .lease(.day))
        }
        let all = Set(RollUpPlanTests.day)
        let first = plan(many, Dictionary(uniqueKeysWithValues: many.map { ($0.marker.id.bytes[0], all) }))
        #expect(first.spans == [])
        #expect(first.markers.count == RollUpPlan.maximumMarkers)
        #expect(!first.isEmpty)
        #expect(first.unfinished.count == 2)
    }

    @Test func `spans that are not over wait`() {
        let now = Timestamp(microseconds: Tier.span.begin(of: RollUpPlanTests.day.lowerBound + 2))
        let plan = plan([dayLease], [0: []], now: now)
        #expect(plan.spans == Array(RollUpPlanTests.day.prefix(2)))
        #expect(plan.markers == [])
    }

    @Test func `leases that become ripe later do not keep the first one from its end`() {
        var summed: [UInt8: Set<Int64>] = [0: []]
        var leases = [dayLease]
        var last = Int64.min
        for batch in 1...9 {
            let plan = plan(leases, summed, last: last)
            last = plan.spans.last ?? last
            for id in summed.keys { summed[id]?.formUnion(plan.spans) }
            #expect(plan.markers == (batch == 9 ? [dayLease] : []))
            // With every batch there is another one that lacks all spans.
            leases.append(marked(RollUpPlanTests.day.lowerBound, UInt8(batch), .lease(.day)))
            summed[UInt8(batch)] = []
        }
    }

    @Test func `a marker that is not understood stays`() {
        let unknown = marked(RollUpPlanTests.day.lowerBound, 1, .unknown([0, 9]))
        #expect(plan([unknown], [1: []]).isEmpty)
        let hour = marked(RollUpPlanTests.day.lowerBound, 2, .lease(.hour))
        #expect(plan([unknown, hour], [1: [], 2: []]).spans == Array(hour.spans.dropFirst()))
    }
}
