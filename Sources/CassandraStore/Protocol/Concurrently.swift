/// Runs `body` for every element, at most `limit` at a time, and returns the results in the order of the elements.
///
/// After an error no further element is started; those in progress are awaited, and the first error is thrown.
func concurrently<Element: Sendable, Success: Sendable>(
    _ elements: [Element],
    limit: Int = 64,
    _ body: @escaping @Sendable (Element) async throws(ClusterError) -> Success
) async throws(ClusterError) -> [Success] {
    if elements.count == 1 { return [try await body(elements[0])] }
    let results = try await concurrently(
        elements.enumerated(),
        limit: limit,
        into: [Success?](repeating: nil, count: elements.count)
    ) { results, part in
        results[part.0] = part.1
    } _: { (index, element) throws(ClusterError) in
        (index, try await body(element))
    }
    return results.compactMap(\.self)
}

/// Runs `body` for every element, at most `limit` at a time, and adds each result when it arrives.
///
/// Elements are drawn when they are started, and results are dropped once added, so memory holds only `limit` elements
/// and the total. Errors as above.
func concurrently<Elements: Sequence, Part: Sendable, Total>(
    _ elements: Elements,
    limit: Int,
    into initial: Total,
    _ add: (inout Total, Part) -> Void,
    _ body: @escaping @Sendable (Elements.Element) async throws(ClusterError) -> Part
) async throws(ClusterError) -> Total where Elements.Element: Sendable {
    var total = initial
    var failure: ClusterError?
    await withTaskGroup(of: Result<Part, ClusterError>.self) { group in
        var rest = elements.makeIterator()
        func begin() {
            guard let element = rest.next() else { return }
            group.addTask {
                await Result { () async throws(ClusterError) in try await body(element) }
            }
        }
        for _ in 0..<limit { begin() }
        while let result = await group.next() {
            switch result {
            case .success(let part): add(&total, part)
            case .failure(let error): failure = failure ?? error
            }
            if failure == nil { begin() }
        }
    }
    if let failure { throw failure }
    return total
}
