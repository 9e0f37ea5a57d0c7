import Testing

@testable import CassandraStore

@Suite struct RecentSpansTests {
    @Test func `each span counts once, for a quarter of an hour at least and for two at most`() {
        var recent = RecentSpans(now: 0)
        for place in [0, 63, 64, 143, 143] { recent.insert(place, now: 1) }
        #expect(recent.count == 4)
        recent.insert(5, now: RecentSpans.window)
        #expect(recent.count == 5)
        recent.insert(0, now: 2 * RecentSpans.window - 1)
        #expect(recent.count == 5)
        // The first four are gone but for the one that was asked for again.
        recent.insert(7, now: 2 * RecentSpans.window)
        #expect(recent.count == 3)
        recent.insert(8, now: 5 * RecentSpans.window)
        #expect(recent.count == 1)
    }
}
