import CQL
import CassandraTesting
import Metrics
import PlayerSessions
import Testing

@testable import CassandraStore

extension OnRealNodes {
    /// What others find in the keyspace, and what the cluster does with it.
    @Suite(.serialized, .nodes(1), .timeLimit(.minutes(5)))
    struct Content {
        @Test func `the original's two example queries are answered`() async throws {
            let harness = try await NodesHarness("originals_queries")
            let store = try await harness.open(retention: .forever)
            let player = "0a2d12a1a7e145de8bae44c0c6e06629"
            try await store.append(
                EventBatch([
                    try start(player, "complete", "2016-12-02T10:48:05.520022Z", "FI"),
                    try end(player, "complete", "2016-12-02T10:49:05.520022Z"),
                    try start(player, "begun", "2016-12-02T10:50:00Z", "FI"),
                    try start("other", "begun", "2016-12-02T09:10:00Z", "US"),
                    try end(player, "ended", "2016-12-02T10:50:00Z"),
                ])
            )
            // The hours are copied by a pass over all months.
            try await harness.settle()
            await store.close()
            try await withCluster { client in
                let sessions = try await client.execute(
                    """
                    select session_id from originals_queries.events_session_by_player_id where player_id = '\(player)' \
                    and is_ended = true and is_started = true limit 20 ALLOW FILTERING
                    """
                )
                let ids = try sessions.rows?.map { row in try row.value(at: 0, as: String.self) }
                #expect(ids == ["complete"])
                let counts = try await client.execute(
                    """
                    select country, sum(session_count) from originals_queries.start_events_by_hour \
                    where YYMMDDHH >= 16120210 ALLOW FILTERING
                    """
                )
                let row = try #require(counts.rows?.first)
                let (country, sum): (String, Int64) = (try row.value(at: 0), try row.value(at: 1))
                #expect(country == "FI")
                #expect(sum == 2)
                let timestamps = try await client.execute(
                    """
                    SELECT start_timestamp, end_timestamp, end_us FROM originals_queries.events_session_by_player_id \
                    WHERE player_id = '\(player)' AND session_id = 'complete'
                    """
                )
                let session = try #require(timestamps.rows?.first)
                let begin = try session.value(at: 0, as: MillisecondTimestamp.self).milliseconds
                let end = try session.value(at: 1, as: MillisecondTimestamp.self).milliseconds
                let endMicroseconds = try session.value(at: 2, as: Int64.self)
                #expect(begin == 1_480_675_685_520)
                #expect(end == 1_480_675_745_520)
                #expect(endMicroseconds == 1_480_675_745_520_022)
            }
        }

        @Test func `rows live as long as the retention asks for, and for good without one`() async throws {
            for (keyspace, days) in [("kept", 0), ("expiring", 10)] {
                let store = try await openStore(try address(keyspace), retention: Retention(days: days))
                let now = WallClock.system.now
                let playerID = try Identifier("p")
                let sessionID = try Identifier("s")
                let country = try #require(CountryCode("FI"))
                try await store.append(
                    EventBatch([
                        SessionEvent(
                            .start(country),
                            playerID: playerID,
                            sessionID: sessionID,
                            timestamp: now
                        ),
                        SessionEvent(.end, playerID: playerID, sessionID: sessionID, timestamp: now),
                    ])
                )
                await store.close()
                try await withCluster { client in
                    // The readable columns, an entry of the map, the index by end; rows of keys alone show no TTL.
                    let facts = try await client.execute(
                        "SELECT TTL(is_started), TTL(end_us) FROM \(keyspace).events_session_by_player_id"
                    )
                    let row = try #require(facts.rows?.first)
                    for column in 0..<2 {
                        let seconds = try row.value(at: column, as: Int32?.self)
                        if days == 0 {
                            #expect(seconds == nil)
                        } else {
                            let day: Int32 = 86_400
                            #expect(try #require(seconds) > 3 * Int32(days) * day)
                            #expect(try #require(seconds) <= (3 * Int32(days) + 1) * day + 1)
                        }
                    }
                }
            }
        }

        @Test func `what is entered for a time goes then, and what is entered for good stays`() async throws {
            let place = try address("short")
            let surroundings = Surroundings.system(wallClock: .system)
            let opening = ClusterOpening(
                address: place,
                surroundings: surroundings,
                patience: OpeningPatience(.zero, surroundings: surroundings, logger: .silent),
                logger: .silent
            )
            let client = try await opening.connect()
            _ = try await opening.prepareKeyspace(client, makesMissing: true)
            let cluster = try await opening.bind(client, metrics: MetricsRegistry())
            let key = SessionKey(try Identifier("p"), try Identifier("s"))
            let access = ClusterAccess(cluster: cluster, surroundings: .system(wallClock: .system))
            let flushed = MinuteStarts()
            func row(_ generation: Int64) -> FlushedStarts.RowKey {
                FlushedStarts.RowKey(
                    minute: 0,
                    place: Place(generation: generation, process: ProcessID(number: 1))
                )
            }
            let now = WallClock.system.now.microseconds
            try await access.write(.insertFlushed(row(1), flushed, 2, now: now))
            try await access.write(.insertFlushed(row(2), flushed, 2, now: now))
            // Who enters the same for longer wins, in whatever order.
            try await access.write(.insertFlushed(row(3), flushed, 0, now: now))
            try await access.write(.insertFlushed(row(3), flushed, 2, now: now))
            try await access.write(.insertEnd(key, end: 1, ttl: 2))
            try await access.write(.insertEnd(key, end: 2, ttl: 0))
            let isGone = try await eventually {
                let starts = try? await access.rows(.readFlushed(minute: 0, generations: 0...9))
                let ends = try? await access.rows(.readEnds(key.player))
                return starts?.count == 1 && ends?.count == 1
            }
            #expect(isGone)
            await client.close()
        }
    }
}
