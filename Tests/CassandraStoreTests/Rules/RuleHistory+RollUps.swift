@testable import CassandraStore

extension RuleHistory {
    /// The rules of rolling up and counting.
    static let rollUps = [
        RuleHistory("a roller that does not watch leases", { $0.watchesLeases = false }) { stage in
            // The marker is there, the row not yet.
            let slow = stage.process { if case .readFacts = $0 { Steering(pause: 5) } else { nil } }
            let telling = stage.begin(slow, tells: .late)
            await stage.at(2)
            await stage.roll(stage.process())
            await stage.at(10)
            stage.expectAcknowledged(telling)
            await stage.expect(.late)
        },
        RuleHistory("a day's lease that goes before all of it is summed", { $0.sumsAllSpans = false }) {
            stage in
            // The start is in a later span than the first batch sums.
            await stage.tell(.yesterday, by: stage.process(wideFrom: [.hour: 0, .day: 0]))
            await sum(stage, stage.process())
            await stage.expect(.yesterday)
        },
        RuleHistory("a roller that does not write changes again", { $0.writesChangesAgain = false }) {
            stage in
            // A move's marker comes to the replicas before its rows. The roller sums the late start, removes the marker,
            // and then the rows come.
            let roller = stage.process()
            await sumLateStart(stage, roller)
            let slow = stage.process { statement in
                switch statement {
                case .insertStart, .deleteStart: Steering(seconds: 5)
                default: nil
                }
            }
            let telling = stage.begin(slow, tells: .middle)
            await stage.at(303)
            await stage.roll(roller)
            await stage.at(320)
            stage.expectAcknowledged(telling)
            await stage.expect(.middle)
        },
        RuleHistory("a roller that does not ask the facts", { $0.asksFactsOfChanges = false }) { stage in
            // A start far in the future lost to a late one, and that to an early one. What is over is summed, and the
            // tombstone of the late start purged, when the future's marker still names the late start as a winner.
            let roller = stage.process()
            await stage.tell(.future)
            await stage.tell(.late)
            await stage.tell(.early)
            await sum(stage, roller)
            await stage.at(days: 11)
            stage.compact()
            await stage.at(days: 13)
            await stage.roll(roller)
            await stage.at(13 * 86_400 + 300)
            await stage.roll(roller)
            await stage.expect(.early)
            await stage.expectNone(at: .late)
        },
        RuleHistory("a roller that ignores the version", { $0.holdsVersion = false }) { stage in
            // A roller stands still with what it has counted, and then writes it over what another has counted since.
            let slow = stage.process { if case .readStarts = $0 { Steering(pause: 400) } else { nil } }
            let process = stage.process()
            await stage.tell(.late, session: "first", by: process)
            await stage.at(1)
            await stage.roll(slow)
            await stage.at(300)
            stage.beginRoll(slow)
            let other = stage.process()
            await stage.at(310)
            await stage.tell(.late, session: "second", by: process)
            await stage.roll(other)
            await stage.at(600)
            await stage.roll(other)
            await stage.at(750)
            await stage.expect(.late, times: 2)
        },
        RuleHistory("a roller that removes markers before sums", { $0.keepsMarkersUntilSums = false }) {
            stage in
            // It dies between the two.
            await stage.tell(.late)
            let dying = stage.process {
                if case .advanceVersion = $0 { Steering(replicas: []) } else { nil }
            }
            await stage.at(1)
            await stage.roll(dying)
            await stage.at(300)
            stage.beginRoll(dying)
            await stage.at(302)
            dying.die()
            await stage.expect(.late)
        },
        RuleHistory("markers removed with the sums", { $0.awaitsSums = false }) { stage in
            // What the roller writes has come to one replica. A count reads the markers there and elsewhere, where they
            // are gone, and then the sums from the other two, where they are not yet.
            await stage.tell(.late)
            let roller = stage.process {
                if case .advanceVersion = $0 { Steering(replicas: [0]) } else { nil }
            }
            await stage.at(1)
            await stage.roll(roller)
            await stage.at(300)
            stage.beginRoll(roller)
            await stage.at(302)
            let reader = stage.process { statement in
                switch statement {
                case .readMarkers: Steering(replicas: [0, 1])
                case .readTotals: Steering(replicas: [1, 2])
                default: nil
                }
            }
            await stage.expectHour(of: .late, by: reader)
        },
        RuleHistory("sums read before markers", { $0.readsMarkersFirst = false }) { stage in
            // Between the two a roller makes the sums right and removes the markers.
            await stage.tell(.late)
            let roller = stage.process()
            await stage.at(1)
            await stage.roll(roller)
            let slow = stage.process { if case .readTotals = $0 { Steering(pause: 30) } else { nil } }
            stage.simulation.spawn {
                await stage.at(300)
                await stage.roll(roller)
            }
            await stage.at(290)
            await stage.expect(.late, by: slow)
        },
    ]

    /// Tells the late start and rolls up, at 1 and 300 s, so that it is in a sum and no marker is left.
    private static func sumLateStart(_ stage: Stage, _ roller: SimulatedProcess) async {
        await stage.tell(.late)
        await sum(stage, roller)
    }

    /// Rolls up at 1 and 300 s, so that of what was told at once no marker is left.
    private static func sum(_ stage: Stage, _ roller: SimulatedProcess) async {
        await stage.at(1)
        await stage.roll(roller)
        await stage.at(300)
        await stage.roll(roller)
    }
}
