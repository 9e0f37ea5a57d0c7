import CQL
import Testing

@Test func `consistency levels have the numbers of the specification`() {
    let numbers = Dictionary(uniqueKeysWithValues: Consistency.allCases.map { ($0.description, $0.rawValue) })
    #expect(
        numbers == [
            "ANY": 0, "ONE": 1, "TWO": 2, "THREE": 3, "QUORUM": 4, "ALL": 5, "LOCAL_QUORUM": 6,
            "EACH_QUORUM": 7,
            "SERIAL": 8, "LOCAL_SERIAL": 9, "LOCAL_ONE": 10,
        ]
    )
}
