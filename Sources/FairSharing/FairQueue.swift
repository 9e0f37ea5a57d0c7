/// Elements that wait, taken in turns of their clients; each client's own in the order in which they came.
///
/// `take` skips clients that already run as many elements as they may; there are always fewer of those than elements that
/// run.
public struct FairQueue<Client: Hashable & Sendable, Element> {
    fileprivate struct Line {
        var elements: [Element] = []
        var next = 0
        var running = 0

        var count: Int { elements.count - next }

        mutating func removeFirst() -> Element {
            defer {
                next += 1
                // Each element is moved once at most for every one that is taken.
                if next * 2 >= elements.count {
                    elements.removeFirst(next)
                    next = 0
                }
            }
            return elements[next]
        }
    }

    /// So many elements of a client may run at a time.
    private let runningOfClient: Int
    private var lines: [Client: Line] = [:]
    /// The clients of whom an element waits, the one whose turn is next first.
    private var turns: [Client] = []

    /// How many elements wait.
    public private(set) var count = 0

    /// Makes an empty queue; of each client so many elements may run at a time.
    public init(runningOfClient: Int) {
        self.runningOfClient = runningOfClient
    }

    /// How many elements of this client wait.
    public func count(of client: Client) -> Int { lines[client]?.count ?? 0 }

    /// Adds an element after those of its client.
    public mutating func add(_ element: Element, of client: Client) {
        if count(of: client) == 0 { turns.append(client) }
        lines[client, default: Line()].elements.append(element)
        count += 1
    }

    /// Removes and returns the next element that may run; call `ended` when it has.
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
