/// Those that wait, in the order in which they came; adding and taking one costs the same however many there are.
struct WaitingLine<Waiter> {
    private var waiters: [Waiter] = []
    /// Where the first one is; those before it are gone.
    private var head = 0

    var count: Int { waiters.count - head }

    mutating func append(_ waiter: Waiter) { waiters.append(waiter) }

    /// Takes the first ones, as many as there are of so many.
    mutating func take(atMost limit: Int) -> [Waiter] {
        let count = min(limit, count)
        guard count > 0 else { return [] }
        let first = Array(waiters[head..<(head + count)])
        head += count
        // Half of the list is of those that are gone: each is moved once for each that left.
        if head * 2 > waiters.count {
            waiters.removeFirst(head)
            head = 0
        }
        return first
    }

    /// Takes the first ones for as long as they meet a condition.
    mutating func take(while isMet: (Waiter) -> Bool) -> [Waiter] {
        take(atMost: waiters[head...].prefix(while: isMet).count)
    }
}
