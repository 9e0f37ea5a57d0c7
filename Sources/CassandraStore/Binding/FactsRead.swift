internal import CQL

/// A read of what is known of one session, which may go together with others.
struct FactsRead: Sendable {
    /// Which session.
    var key: SessionKey
    /// The statement that reads it alone.
    var bound: BoundStatement
}

extension CQL.Cluster {
    /// Executes reads as one statement, `together`, and gives each its page.
    func execute(
        _ reads: [FactsRead],
        _ together: PreparedStatement,
        _ options: RequestOptions,
        _ completion: @escaping @Sendable (Result<[Page], CQLError>) -> Void
    ) {
        let keys = reads.map(\.key)
        let isAlone = reads.count == 1
        let bound: BoundStatement
        do throws(CQLError) {
            bound = isAlone ? reads[0].bound : try BoundStatement(.readFactsTogether(keys), together)
        } catch {
            return completion(.failure(error))
        }
        execute(bound.statement, bound.values, options) { result in
            completion(
                result.flatMap { answer in
                    Result { () throws(CQLError) in
                        let page = try Page(answer)
                        return isAlone ? [page] : keys.map { page.facts(of: $0) }
                    }
                }
            )
        }
    }
}

extension Page {
    /// Of the rows of several sessions' facts, which begin with their keys, those of one session, without.
    ///
    /// What is read together are all pairs of the players and the sessions, so there may be rows that nobody asked for.
    func facts(of key: SessionKey) -> Page {
        let (player, session) = (Value.text(key.player.bytes), Value.text(key.session.bytes))
        return Page(rows: rows.filter { $0[1] == session && $0[0] == player }.map { Array($0[2...]) })
    }
}
