/// The pages of a result, one after another; a page may be empty although others follow.
public struct RowPages: AsyncSequence, Sendable {
    private let cluster: Cluster
    private let statement: PreparedStatement
    private let values: BoundValues
    private let options: RequestOptions

    init(
        _ cluster: Cluster,
        _ statement: PreparedStatement,
        _ values: BoundValues,
        _ options: RequestOptions
    ) {
        self.cluster = cluster
        self.statement = statement
        self.values = values
        self.options = options
    }

    /// Starts at the options' paging state, or else at the first page.
    public func makeAsyncIterator() -> Iterator {
        Iterator(pages: self, options: options)
    }

    /// Requests one page after another.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let pages: RowPages
        fileprivate var options: RequestOptions
        fileprivate var isDone = false

        /// Requests the next page; nil after the last one.
        ///
        /// Throws as the execution of a prepared statement does.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(CQLError) -> Rows? {
            guard !isDone else { return nil }
            let answer = try await pages.cluster.execute(pages.statement, pages.values, options)
            options.parameters.pagingState = answer.rows?.pagingState
            isDone = options.parameters.pagingState == nil
            return answer.rows
        }
    }
}
