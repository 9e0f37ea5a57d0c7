// The same requests for callers that await. A cancelled task still gets its response: the deadline bounds the wait.
extension Cluster {
    /// Prepares a statement on one node; others prepare it when it is first executed there.
    ///
    /// Throws if no node could be asked or the statement is invalid.
    public func prepare(_ statement: String) async throws(CQLError) -> PreparedStatement {
        let options = RequestOptions(isIdempotent: true)
        let answer = try await answer { completion in
            submit(.prepare(Prepare(statement: statement, keyspace: nil)), options, nil, completion)
        }
        guard case .prepared(let prepared) = answer.result else {
            throw CQLError(
                .protocolViolation("PREPARE was answered otherwise"),
                execution: .executed,
                statement: statement
            )
        }
        return prepared
    }

    /// Executes a prepared statement.
    ///
    /// Throws the error of the last node that was asked, which tells whether the statement may have been executed.
    @discardableResult
    public func execute(
        _ statement: PreparedStatement,
        _ values: BoundValues,
        _ options: RequestOptions = RequestOptions()
    ) async throws(CQLError) -> Answer {
        try await answer { execute(statement, values, options, completion: $0) }
    }

    /// Executes the text of a statement; any node may coordinate, unless the options name a partition.
    ///
    /// A schema change returns when all nodes that are up know of it, or after 10 s. Throws as the execution of a
    /// prepared statement does.
    @discardableResult
    public func execute(
        _ statement: String,
        _ values: BoundValues = BoundValues(),
        _ options: RequestOptions = RequestOptions()
    ) async throws(CQLError) -> Answer {
        try await answer { execute(statement, values, options, completion: $0) }
    }

    /// Executes a batch; page size and paging state are ignored.
    ///
    /// Throws as the execution of a prepared statement does.
    @discardableResult
    public func execute(
        _ batch: StatementBatch,
        _ options: RequestOptions = RequestOptions()
    ) async throws(CQLError) -> Answer {
        try await answer { execute(batch, options, completion: $0) }
    }

    /// Returns the pages of a prepared statement's result, each requested on demand.
    public func pages(
        _ statement: PreparedStatement,
        _ values: BoundValues,
        _ options: RequestOptions = RequestOptions()
    ) -> RowPages {
        RowPages(self, statement, values, options)
    }

    /// Waits until all nodes that are up have the same schema, or 10 s at most, whoever changed it.
    ///
    /// Not needed after this client's own schema changes, which wait by themselves.
    public func awaitSchemaAgreement() async {
        await withCheckedContinuation { continuation in
            if !mailbox.post(.agreement({ continuation.resume() })) { continuation.resume() }
        }
    }

    private func answer(_ request: (@escaping RequestCompletion) -> Void) async throws(CQLError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            request { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
