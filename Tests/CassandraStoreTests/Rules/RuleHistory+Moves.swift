@testable import CassandraStore

extension RuleHistory {
    /// The rules of moving a session from one start to an earlier one.
    static let moves = [
        RuleHistory("only own rows inserted", { $0.insertsRowsOfOthers = false }) { stage in
            // The middle start's writer dies between fact and row. Who tells the late one deletes its own row for it.
            let dying = stage.process { if case .readFacts = $0 { Steering(replicas: []) } else { nil } }
            stage.begin(dying, tells: .middle)
            await stage.at(1)
            dying.die()
            await stage.tell(.late)
            await stage.expect(.middle)
        },
        RuleHistory("one's own losing row not deleted", { $0.deletesOwnLosingRow = false }) { stage in
            // One's own row may be there already, from an attempt that was not answered.
            let first = stage.process { if case .insertStart = $0 { Steering(pause: 100) } else { nil } }
            stage.begin(first, tells: .late)
            await stage.at(1)
            first.die()
            let dying = stage.process { if case .readFacts = $0 { Steering(replicas: []) } else { nil } }
            stage.begin(dying, tells: .middle)
            await stage.at(2)
            dying.die()
            await stage.tell(.late)
            await stage.expect(.middle)
        },
        RuleHistory("the batch unlogged", { $0.logsMoves = false }) { stage in
            // A move's deletion gets out and nothing else: an acknowledged session would be gone.
            await stage.tell(.late)
            let dying = stage.process { statement in
                switch statement {
                case .insertStart: Steering(replicas: [])
                case .insertMarker(_, let marker) where marker.change != nil: Steering(replicas: [])
                default: nil
                }
            }
            stage.begin(dying, tells: .middle)
            await stage.at(5)
            dying.die()
            await stage.at(60)
            await stage.expect(.middle)
        },
        RuleHistory("losers settled inside the batch", { $0.settlesAfterMove = false }) { stage in
            // The batch is accepted, the settlement has come to the replicas and the deletion has not. Who believes it
            // acknowledges while the session counts twice.
            await stage.tell(.late)
            let dying = stage.process { if case .deleteStart = $0 { Steering(seconds: 8) } else { nil } }
            stage.begin(dying, tells: .middle)
            await stage.at(3)
            dying.die()
            await stage.tellEnd(minutes: 1)
            await stage.expect(.middle)
        },
        RuleHistory("moves without a change marker", { $0.marksMoves = false }) { stage in
            // The late start is in a sum already, and nothing tells a roller or a count that the sum is wrong.
            await stage.tell(.late)
            let roller = stage.process()
            await stage.at(1)
            await stage.roll(roller)
            await stage.at(300)
            await stage.roll(roller)
            await stage.tell(.middle)
            await stage.expect(.middle)
        },
    ]
}
