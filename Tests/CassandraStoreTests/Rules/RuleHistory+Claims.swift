@testable import CassandraStore

extension RuleHistory {
    /// The rules of sessions with more than one claim.
    static let claims = [
        RuleHistory("others that are not waited for", { $0.waitsForOthers = false }) { stage in
            // The first was alone, and is between its claim and its entry.
            let first = stage.process(standsStill(5))
            let telling = stage.begin(first, tells: .late)
            await stage.at(1)
            await stage.tell(.middle)
            await stage.at(60)
            stage.expectAcknowledged(telling)
            await stage.expect(.middle)
        },
        RuleHistory("an entry of others that is not logged again", { $0.logsAgain = false }) { stage in
            // It is on one replica, and the flusher reads the other two.
            let dying = stage.process { if case .log = $0 { Steering(replicas: [2]) } else { nil } }
            stage.begin(dying, tells: .late)
            await stage.at(1)
            dying.die()
            let seeing = stage.process {
                if case .readLogEntry = $0 { Steering(replicas: [1, 2]) } else { nil }
            }
            await stage.tell(.late, by: seeing)
            await flush(
                stage,
                by: stage.process { if case .readLog = $0 { Steering(replicas: [0, 1]) } else { nil } }
            )
            await stage.expect(.late)
        },
        RuleHistory("a claim of others that is not made again", { $0.claimsAgain = false }) { stage in
            // A dying process leaves the middle start on one replica. Who tells the late start moves the session to it; who
            // lists sessions asks the other two.
            let dying = stage.process { if case .addClaim = $0 { Steering(replicas: [2]) } else { nil } }
            stage.begin(dying, tells: .middle)
            await stage.at(8)
            dying.die()
            await stage.tellEnd(minutes: 1)
            let seeing = stage.process {
                if case .readFacts = $0 { Steering(replicas: [1, 2]) } else { nil }
            }
            await stage.tell(.late, by: seeing)
            await stage.expect(.middle)
            let reader = stage.process { $0.readPartition == nil ? nil : Steering(replicas: [0, 1]) }
            await stage.expectTop(of: .middle, by: reader)
        },
        RuleHistory("what two decide at once", { $0.decidesLedgers = false }) { stage in
            // The late start is flushed. Two are told the middle one, and each takes the late one away.
            await stage.tell(.late)
            await flush(stage)
            let slow = stage.process(standsStill(20, atRead: 2))
            let telling = stage.begin(slow, tells: .middle)
            await stage.at(301)
            await stage.tell(.middle)
            await stage.at(400)
            stage.expectAcknowledged(telling)
            await stage.expect(.middle)
        },
    ]
}
