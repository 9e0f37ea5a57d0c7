/// Requests that wait for a stream, in order of arrival.
struct RequestQueue {
    struct Element {
        var request: Request
        var id: RequestID
        var deadline: UInt64
    }

    private var elements: [Element?] = []
    /// The index of the first waiting request.
    private var head = 0
    /// A lower bound of the deadlines of all waiting requests.
    private(set) var earliestDeadline = UInt64.max

    var count: Int { elements.count - head }
    var isEmpty: Bool { head == elements.count }

    mutating func append(_ element: Element) {
        elements.append(element)
        earliestDeadline = min(earliestDeadline, element.deadline)
    }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let first = elements[head]
        elements[head] = nil
        head += 1
        if isEmpty {
            elements.removeAll(keepingCapacity: true)
            head = 0
            earliestDeadline = .max
        } else if head > elements.count / 2, head > 64 {
            elements.removeFirst(head)
            head = 0
        }
        return first
    }

    /// Removes and returns the requests whose deadline has passed.
    mutating func expire(_ now: UInt64) -> [Element] {
        guard earliestDeadline <= now else { return [] }
        let waiting = removeAll()
        for element in waiting where element.deadline > now { append(element) }
        return waiting.filter { $0.deadline <= now }
    }

    mutating func removeAll() -> [Element] {
        let all = elements[head...].compactMap { $0 }
        elements = []
        head = 0
        earliestDeadline = .max
        return all
    }
}
