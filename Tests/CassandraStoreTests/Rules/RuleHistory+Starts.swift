@testable import CassandraStore

extension RuleHistory {
    /// The rules of telling a start, and of an end.
    static let starts = [
        RuleHistory("a start logged before its claim", { $0.logsAfterClaim = false }) { stage in
            // The entry gets out, the claim does not: nobody will know of it.
            let dying = stage.process { if case .addClaim = $0 { Steering(replicas: []) } else { nil } }
            stage.begin(dying, tells: .middle)
            await stage.at(1)
            dying.die()
            await stage.tell(.late)
            await stage.expect(.late)
        },
        RuleHistory("facts read before the claim", { $0.readsAfterClaim = false }) { stage in
            // Both believe to be alone.
            let first = stage.process { if case .readFacts = $0 { Steering(pause: 2) } else { nil } }
            let telling = stage.begin(first, tells: .late)
            await stage.at(3)
            await stage.tell(.middle)
            await stage.at(60)
            stage.expectAcknowledged(telling)
            await stage.expect(.middle)
        },
        RuleHistory("an acknowledgement without a lease", { $0.checksLease = false }) { stage in
            // The process stands still between claim and entry, and its generation is flushed without it.
            let slow = stage.process(standsStill(400))
            let telling = stage.begin(slow, tells: .late)
            await flush(stage)
            await stage.at(450)
            stage.expectAcknowledged(telling)
            await stage.expect(.late)
        },
        RuleHistory("a registration in a generation that is being flushed", { $0.looksAtFence = false }) {
            stage in
            // It is chosen before the generation is fenced, and made behind the last look at who is registered.
            await stage.tell(.late, session: "first")
            let slow = stage.process(looks(301))
            let telling = stage.begin(slow, tells: .late, session: "second")
            let flusher = stage.process { if case .readState = $0 { Steering(pause: 50) } else { nil } }
            await stage.at(1)
            await stage.visit(flusher)
            await stage.at(300)
            await stage.visit(flusher)
            await stage.at(400)
            stage.expectAcknowledged(telling)
            await stage.expect(.late, times: 2)
        },
        RuleHistory("a registration that moves past those inside", { $0.keepsLowWhileInside = false }) {
            stage in
            // The start is claimed and not logged yet when its process moves on, and the generation is flushed.
            let slow = stage.process(standsStill(8))
            let telling = stage.begin(slow, tells: .late)
            let flusher = stage.process()
            await stage.at(1)
            await stage.visit(flusher)
            for second in [2, 3] as [Int64] {
                await stage.at(second)
                await stage.renew(slow)
            }
            await stage.at(4)
            await stage.visit(flusher)
            await stage.at(20)
            stage.expectAcknowledged(telling)
            await stage.expect(.late)
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

    /// A process that stands still behind one of its reads of facts when it has claimed a start.
    static func standsStill(_ seconds: Int64, atRead number: Int = 1) -> Script {
        var hasClaimed = false
        var reads = 0
        return { statement in
            if case .addClaim = statement { hasClaimed = true }
            guard hasClaimed, case .readFacts = statement else { return nil }
            reads += 1
            return reads == number ? Steering(pause: seconds) : nil
        }
    }

    /// A process that stands still behind its first look at a month's generations.
    static func looks(_ seconds: Int64) -> Script {
        var hasLooked = false
        return { statement in
            guard !hasLooked, case .readStateSerially = statement else { return nil }
            hasLooked = true
            return Steering(pause: seconds)
        }
    }

    /// Flushes what was logged, once nobody waits for its processes any more.
    static func flush(_ stage: Stage, by process: SimulatedProcess? = nil, at second: Int64 = 300) async {
        let flusher = process ?? stage.process()
        await stage.at(second - 20)
        await stage.visit(flusher)
        await stage.at(second)
        await stage.visit(flusher)
    }
}
