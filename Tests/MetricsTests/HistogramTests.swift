import Testing

@testable import Metrics

struct HistogramTests {
    @Test(arguments: [
        (0.0, 0), (-1.0, 0), (1.0, 0), (1.0000001, 1), (2.0, 1), (4.0, 2), (4.5, 3), (.infinity, 3),
    ])
    func `a value falls into the first bucket whose bound is not below it`(value: Double, bucket: Int) {
        let histogram = Histogram(bounds: [1, 2, 4])
        histogram.observe(value)
        #expect(histogram.snapshot.buckets == (0..<4).map { $0 == bucket ? 1 : 0 })
        #expect(histogram.snapshot.count == 1)
    }

    @Test func `no value is lost when many threads observe`() async {
        let histogram = Histogram(bounds: Histogram.sizeBounds)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for value in 0..<5_000 { histogram.observe(Double(value % 8)) }
                }
            }
        }
        let state = histogram.snapshot
        #expect(state.count == 20_000)
        #expect(state.sum == 20_000 / 8 * 28)
    }
}
