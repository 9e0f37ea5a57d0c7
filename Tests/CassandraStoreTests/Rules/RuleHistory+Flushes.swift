@testable import CassandraStore

extension RuleHistory {
    /// The rules of flushing and counting.
    static let flushes = [
        RuleHistory("a flusher that does not watch registrations", { $0.watchesRegistrations = false }) {
            stage in
            // The claim is there, the entry not yet.
            let slow = stage.process(standsStill(5))
            let telling = stage.begin(slow, tells: .late)
            await stage.at(2)
            await stage.visit(stage.process())
            await stage.at(10)
            stage.expectAcknowledged(telling)
            await stage.expect(.late)
        },
        RuleHistory("a flusher without a fence", { $0.fencesFirst = false }) { stage in
            // Somebody registers and logs behind the look at who is registered.
            await stage.tell(.late, session: "first")
            let slow = stage.process(looks(305))
            let telling = stage.begin(slow, tells: .late, session: "second")
            let flusher = stage.process {
                if case .readStateSerially = $0 { Steering(pause: 20) } else { nil }
            }
            await stage.at(1)
            await stage.visit(flusher)
            await stage.at(300)
            stage.beginVisit(flusher)
            await stage.at(400)
            stage.expectAcknowledged(telling)
            await stage.expect(.late, times: 2)
        },
        RuleHistory("sums set over others", { $0.holdsVersion = false }) { stage in
            // A flusher stands still, another flushes the same and more, and the logs are gone.
            await stage.tell(.late, session: "first")
            let slow = stage.process { if case .readUnits = $0 { Steering(pause: 300) } else { nil } }
            await stage.at(1)
            await stage.visit(slow)
            await stage.at(280)
            let other = stage.process()
            await stage.visit(other)
            await stage.at(300)
            stage.beginVisit(slow)
            await stage.at(301)
            await stage.visit(other)
            await stage.tell(.late, session: "second")
            await flush(stage, by: other, at: 350)
            await stage.at(550)
            await stage.visit(other)
            await stage.at(700)
            await stage.expect(.late, times: 2)
        },
        RuleHistory("a flush that is not entered by minutes", { $0.finishesFormerFlush = false }) { stage in
            // Its process dies, and the next flush takes the place of what was kept.
            await stage.tell(.late, session: "first")
            let dying = stage.process { if case .insertFlushed = $0 { Steering(replicas: []) } else { nil } }
            await stage.at(1)
            await stage.visit(dying)
            await stage.at(300)
            stage.beginVisit(dying)
            await stage.at(310)
            dying.die()
            await stage.tell(.late, session: "second")
            await flush(stage, at: 400)
            await stage.expectCut(of: .late, times: 2)
        },
        RuleHistory("a log that goes at once", { $0.keepsFlushedLogs = false }) { stage in
            // A count has read the sums before the flush, and reads the log behind it.
            await stage.tell(.late)
            let flusher = stage.process()
            await stage.at(1)
            await stage.visit(flusher)
            await stage.at(299)
            let slow = stage.process { if case .readMonth = $0 { Steering(pause: 20) } else { nil } }
            stage.beginToExpect(.late, by: slow)
            await stage.at(300)
            await stage.visit(flusher)
            await stage.at(400)
        },
        RuleHistory("sums of another moment", { $0.readsMonthAtOnce = false }) { stage in
            // A count has read up to where the month is flushed before the flush, and reads the sums after it.
            await stage.tell(.late)
            let flusher = stage.process()
            await stage.at(1)
            await stage.visit(flusher)
            await stage.at(299)
            let slow = stage.process { if case .readMonth = $0 { Steering(pause: 20) } else { nil } }
            stage.beginToExpect(.late, by: slow)
            await stage.at(300)
            await stage.visit(flusher)
            await stage.at(400)
        },
    ]
}
