import Testing

@testable import CQL

@Suite struct RefreshScheduleTests {
    @Test func `changes are gathered for a while`() {
        var schedule = RefreshSchedule(delay: 500, interval: 300_000)
        schedule.changed(1_000)
        schedule.changed(1_400)
        #expect(schedule.due == 1_500)
    }

    @Test func `a change during a reading is read soon after it`() {
        var schedule = RefreshSchedule(delay: 500, interval: 300_000)
        schedule.begin()
        schedule.changed(1_000)
        #expect(schedule.due == .max)
        schedule.end(2_000)
        #expect(schedule.due == 2_500)
        schedule.begin()
        schedule.end(3_000)
        #expect(schedule.due == 303_000)
    }

    @Test func `a row that is not complete is read again before the interval is over`() {
        var schedule = RefreshSchedule(delay: 500, interval: 300_000)
        schedule.begin()
        schedule.end(1_000, isComplete: false)
        #expect(schedule.due == 1_000 + RefreshSchedule.incompletePause)
    }

    @Test func `a lost connection leaves nothing under way`() {
        var schedule = RefreshSchedule(delay: 500, interval: 300_000)
        schedule.begin()
        schedule.changed(1_000)
        schedule.reset()
        #expect(!schedule.isUnderWay)
        #expect(schedule.due == .max)
    }
}
