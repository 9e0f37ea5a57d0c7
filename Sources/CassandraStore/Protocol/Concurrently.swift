/// Runs `body` for every element, at most `limit` at a time, and gives the results in the order of the elements.
///
/// After an error no further element is begun; those under way are awaited, and the first error is thrown.
func concurrently<Element: Sendable, Success: Sendable>(
    _ elements: [Element],
    limit: Int = 64,
    _ body: @escaping @Sendable (Element) async throws(ClusterError) -> Success
) async throws(ClusterError) -> [Success] {
    if elements.count == 1 { return [try await body(elements[0])] }
    let outcome = await withTaskGroup(
        of: (Int, Result<Success, ClusterError>).self,
        returning: Result<[Success], ClusterError>.self
    ) { group in
        var results = [Success?](repeating: nil, count: elements.count)
        var failure: ClusterError?
        var next = 0
        func begin() {
            guard next < elements.count else { return }
            let index = next
            let element = elements[index]
            next += 1
            group.addTask {
                do throws(ClusterError) {
                    return (index, .success(try await body(element)))
                } catch {
                    return (index, .failure(error))
                }
            }
        }
        for _ in 0..<min(limit, elements.count) { begin() }
        while let (index, result) = await group.next() {
            switch result {
            case .success(let success): results[index] = success
            case .failure(let error): failure = failure ?? error
            }
            if failure == nil { begin() }
        }
        if let failure { return .failure(failure) }
        return .success(results.compactMap(\.self))
    }
    return try outcome.get()
}
