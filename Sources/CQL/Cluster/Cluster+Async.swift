// The same requests for callers that await. A task that is cancelled still gets its answer: the deadline bounds it.
extension Cluster {
    /// Prepares a statement; nodes that do not know it yet are told when it is first executed there.
    ///
    /// Throws where no node could be asked, or the statement is not valid.
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
    /// Throws what the last node that was asked said; the error tells whether the statement may have been executed.
    @discardableResult
    public func execute(
        _ statement: PreparedStatement,
        _ values: BoundValues,
        _ options: RequestOptions = RequestOptions()
    ) async throws(CQLError) -> Answer {
        try await answer { execute(statement, values, options, completion: $0) }
    }

    /// Executes a statement's text; any node coordinates, unless the options name a partition.
    ///
    /// A change of the schema returns when all nodes that are up know of it, or after 10 s. Throws as the execution of
    /// a prepared statement does.
    @discardableResult
    public func execute(
        _ statement: String,
        _ values: BoundValues = BoundValues(),
        _ options: RequestOptions = RequestOptions()
    ) async throws(CQLError) -> Answer {
        try await answer { execute(statement, values, options, completion: $0) }
    }

    /// Executes a batch; page size and paging state are left out.
    ///
    /// Throws as the execution of a prepared statement does.
    @discardableResult
    public func execute(
        _ batch: StatementBatch,
        _ options: RequestOptions = RequestOptions()
    ) async throws(CQLError) -> Answer {
        try await answer { execute(batch, options, completion: $0) }
    }

    /// The pages of a prepared statement's result, each asked for when it is wanted.
    public func pages(
        _ statement: PreparedStatement,
        _ values: BoundValues,
        _ options: RequestOptions = RequestOptions()
    ) -> RowPages {
        RowPages(self, statement, values, options)
    }

    /// Returns when all nodes that are up have the same schema, or after 10 s, whoever changed it.
    ///
    /// A change that was made by this client has been waited for already.
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
