/// A queue with fair scheduling: clients take turns, round robin; each client's elements stay in order.
///
/// `take` skips clients whose concurrency limit is reached, at most one for each running element.
public struct FairQueue<Client: Hashable & Sendable, Element> {
    fileprivate struct Line {
        var elements: [Element] = []
        var next = 0
        var running = 0

        var count: Int { elements.count - next }

        mutating func removeFirst() -> Element {
            defer {
                next += 1
                // Moves at most one element for every element taken.
                if next * 2 >= elements.count {
                    elements.removeFirst(next)
                    next = 0
                }
            }
            return elements[next]
        }
    }

    /// The concurrency limit of each client.
    private let runningOfClient: Int
    private var lines: [Client: Line] = [:]
    /// The clients with waiting elements, in the order of their turns.
    private var turns: [Client] = []

    /// The number of waiting elements.
    public private(set) var count = 0

    /// Makes an empty queue with a concurrency limit per client.
    public init(runningOfClient: Int) {
        self.runningOfClient = runningOfClient
    }

    /// Returns the number of waiting elements of this client.
    public func count(of client: Client) -> Int { lines[client]?.count ?? 0 }

    /// Appends an element to those of its client.
    public mutating func add(_ element: Element, of client: Client) {
        if count(of: client) == 0 { turns.append(client) }
        lines[client, default: Line()].elements.append(element)
        count += 1
    }

    /// Removes and returns the next element that may run; call `ended` after it has run.
    public mutating func take() -> (Client, Element)? {
        let next = turns.firstIndex { lines[$0].map { $0.running < runningOfClient } ?? false }
        guard let turn = next else { return nil }
        let client = turns.remove(at: turn)
        guard var line = lines[client] else { return nil }
        lines[client] = nil
        let element = line.removeFirst()
        line.running += 1
        if line.count > 0 { turns.append(client) }
        lines[client] = line
        count -= 1
        return (client, element)
    }

    /// Notes that an element of this client has run.
    public mutating func ended(_ client: Client) {
        guard var line = lines[client] else { return }
        line.running -= 1
        lines[client] = line.running == 0 && line.count == 0 ? nil : line
    }
}

extension FairQueue.Line: Sendable where Element: Sendable {}
extension FairQueue: Sendable where Element: Sendable {}
