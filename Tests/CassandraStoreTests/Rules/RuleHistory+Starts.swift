@testable import CassandraStore

extension RuleHistory {
    /// The rules of what a start writes and reads, in which order.
    static let starts = [
        RuleHistory("fact and row in parallel", { $0.insertsRowAfterFact = false }) { stage in
            // The row gets out and the fact does not; nobody will ever know to delete the row.
            let dying = stage.process {
                if case .addStart = $0 { Steering(replicas: []) } else { nil }
            }
            stage.begin(dying, tells: .late)
            await stage.at(1)
            dying.die()
            await stage.tell(.middle)
            await stage.expect(.middle)
        },
        RuleHistory("read before write", { $0.readsAfterWrite = false }) { stage in
            // Two that have read before either has written both believe to be alone.
            let slow = stage.process { if case .addStart = $0 { Steering(seconds: 2) } else { nil } }
            let telling = stage.begin(slow, tells: .late)
            await stage.at(1)
            await stage.tell(.middle)
            await stage.at(5)
            stage.expectAcknowledged(telling)
            await stage.expect(.middle)
        },
        RuleHistory("the minimum not added again", { $0.addsMinimumAgain = false }, simplestCase),
        RuleHistory(
            "the minimum added inside the batch",
            { $0.addsMinimumBeforeBatch = false },
            simplestCase
        ),
        RuleHistory(
            "the minimum added again without the second read",
            { $0.readsAfterAdding = false },
            simplestCase
        ),
        RuleHistory("an acknowledgement without a lease that stands", { $0.checksLease = false }) { stage in
            // A process stands still between its marker and its row; meanwhile the span is summed without the row.
            let slow = stage.process { if case .readFacts = $0 { Steering(pause: 400) } else { nil } }
            let telling = stage.begin(slow, tells: .late)
            let roller = stage.process()
            await stage.at(1)
            await stage.roll(roller)
            await stage.at(300)
            await stage.roll(roller)
            await stage.at(420)
            stage.expectAcknowledged(telling)
            await stage.expect(.late)
        },
        RuleHistory("a marker id used twice", { $0.usesFreshMarkers = false }) { stage in
            // The second marker is older than the deletion of the first, which had the same key.
            let process = stage.process()
            await stage.tell(.late, session: "first", by: process)
            let roller = stage.process()
            await stage.at(1)
            await stage.roll(roller)
            await stage.at(300)
            await stage.roll(roller)
            await stage.expect(.late)
            await stage.tell(.late, session: "second", by: process)
            await stage.expect(.late, times: 2)
        },
        RuleHistory("an end's row removed before a later end is sure", { $0.confirmsLaterEnd = false }) {
            stage in
            // The later end is on one replica; who sees it removes the row of the earlier one, on all replicas.
            await stage.tell(.late)
            await stage.tellEnd(minutes: 1)
            let dying = stage.process { if case .setEnd = $0 { Steering(replicas: [2]) } else { nil } }
            stage.begin(dying, tellsEnd: 2)
            await stage.at(2)
            dying.die()
            let seeing = stage.process {
                if case .readFacts = $0 { Steering(replicas: [1, 2]) } else { nil }
            }
            await stage.tellEnd(minutes: 1, by: seeing)
            await stage.at(100)
            try? await seeing.core.staleEnds.sweep()
            let reader = stage.process { $0.readPartition == nil ? nil : Steering(replicas: [0, 1]) }
            await stage.expectTop(minutes: 2, by: reader)
        },
    ]

    /// The simplest case in which a minimum that was read must first be made sure.
    ///
    /// A dying process leaves the middle start on one replica. Who tells the late start reads it there and moves the
    /// session to it; who tells the early start reads from the other two, sees the late start alone beside its own, and
    /// deletes that alone.
    private static let simplestCase: @Sendable (Stage) async -> Void = { stage in
        let dying = stage.process { if case .addStart = $0 { Steering(replicas: [2]) } else { nil } }
        stage.begin(dying, tells: .middle)
        await stage.at(1)
        dying.die()
        let seeing = stage.process { statement in
            switch statement {
            case .readFacts: Steering(replicas: [1, 2])
            case .addStart(_, let start, _) where start.start.timestamp == Stage.Act.middle.instant:
                Steering(seconds: 3)
            default: nil
            }
        }
        let telling = stage.begin(seeing, tells: .late)
        await stage.at(2)
        let blind = stage.process { if case .readFacts = $0 { Steering(replicas: [0, 1]) } else { nil } }
        await stage.tell(.early, by: blind)
        await stage.at(10)
        stage.expectAcknowledged(telling)
        await stage.expect(.early)
    }
}
