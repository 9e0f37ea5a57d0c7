import Testing

@testable import HTTPServer

@Suite struct DeadlineWheelTests {
    @Test(arguments: [0, 999, 1_000, 1_050, 1_100, 5_000, 13_599, 13_600, 13_700, 1_000_000] as [UInt64])
    func `an entry comes out once, behind its deadline or at the horizon`(_ deadline: UInt64) {
        var wheel = DeadlineWheel(now: 1_000)
        let due = wheel.insert(7, deadline: deadline)
        var times: [UInt64] = []
        for now in stride(from: 1_000, through: 40_000, by: 50) as StrideThrough<UInt64> {
            for entry in wheel.advance(to: now) {
                #expect(entry.slot == 7 && entry.due == due)
                times.append(now)
            }
        }
        #expect(times == [due])
        #expect(due > deadline || due == 13_700)
        #expect(due <= max(deadline, 1_000) + DeadlineWheel.tickMilliseconds)
    }

    @Test func `what a jump of the clock passes over comes out all the same`() {
        var wheel = DeadlineWheel(now: 0)
        for slot in 0..<300 { _ = wheel.insert(slot, deadline: UInt64(slot) * 50) }
        #expect(wheel.advance(to: 1_000_000).map(\.slot).sorted() == Array(0..<300))
        #expect(wheel.advance(to: 2_000_000).isEmpty)
    }
}
