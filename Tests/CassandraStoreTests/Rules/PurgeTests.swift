import Testing

@testable import CassandraStore

/// Histories in which change markers outlive what they name.
@Suite struct PurgeTests {
    /// Sums at 1 and 300 s, purges tombstones in eleven days, and sums again when the future is over.
    private static func outliveTombstones(_ stage: Stage, _ roller: SimulatedProcess) async {
        await stage.at(1)
        await stage.roll(roller)
        await stage.at(300)
        await stage.roll(roller)
        await stage.at(days: 11)
        stage.compact()
        await stage.at(days: 13)
        await stage.roll(roller)
        await stage.at(13 * 86_400 + 300)
        await stage.roll(roller)
    }

    @Test func `a winner that has lost since stays gone though nobody noted that its row went`() {
        let findings = Stage.play { stage in
            await stage.tell(.future)
            await stage.tell(.late)
            let dying = stage.process { if case .settleStart = $0 { Steering(replicas: []) } else { nil } }
            stage.begin(dying, tells: .early)
            await stage.at(1)
            dying.die()
            await PurgeTests.outliveTombstones(stage, stage.process())
            await stage.expect(.early)
            await stage.expectNone(at: .late)
        }
        #expect(findings == [])
    }

    @Test func `all processes may stand still for longer than tombstones last`() {
        let findings = Stage.play { stage in
            await stage.tell(.late)
            await stage.tell(.middle)
            await stage.tell(.early)
            await stage.at(days: 11)
            stage.compact()
            let roller = stage.process()
            await stage.roll(roller)
            await stage.at(11 * 86_400 + 300)
            await stage.roll(roller)
            await stage.expect(.early)
            for act in [Stage.Act.late, .middle] { await stage.expectNone(at: act) }
        }
        #expect(findings == [])
    }

    @Test func `a better start whose process died over its move is moved to by the roller`() {
        let findings = Stage.play { stage in
            let roller = stage.process()
            await stage.tell(.late)
            await stage.tell(.middle)
            let dying = stage.process { if case .readFacts = $0 { Steering(replicas: []) } else { nil } }
            stage.begin(dying, tells: .early)
            await stage.at(1)
            dying.die()
            await stage.roll(roller)
            await stage.at(300)
            await stage.roll(roller)
            await stage.at(600)
            await stage.roll(roller)
            await stage.expect(.early)
            for act in [Stage.Act.late, .middle] { await stage.expectNone(at: act) }
        }
        #expect(findings == [])
    }
}
