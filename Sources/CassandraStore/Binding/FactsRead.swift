internal import CQL
import Glibc
import PlayerSessions

/// A read of one session's facts, which may be combined with others.
struct FactsRead: Sendable {
    var key: SessionKey
    /// The statement that reads it alone.
    var bound: BoundStatement
}

extension CQL.Cluster {
    /// Executes reads as one statement, `together`, and completes with a page for each, in order.
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
                        isAlone ? [try Page(answer)] : try answer.facts(of: keys)
                    }
                }
            )
        }
    }
}

extension Answer {
    fileprivate func facts(of keys: [SessionKey]) throws(CQLError) -> [Page] {
        guard let rows else { return [Page](repeating: Page(), count: keys.count) }
        return try rows.facts(of: keys)
    }
}

extension Rows {
    /// Returns the rows of each session, without the two key columns that they begin with.
    ///
    /// The statement reads all pairs of the players and the sessions; rows of other pairs are skipped.
    func facts(of keys: [SessionKey]) throws(CQLError) -> [Page] {
        var pages = [Page](repeating: Page(), count: keys.count)
        let columns = Page.Columns(metadata, from: 2)
        for row in self {
            // The session first: few players share a session id.
            for index in keys.indices
            where row.holds(keys[index].session, at: 1) && row.holds(keys[index].player, at: 0) {
                pages[index].rows.append(try columns.read(row))
            }
        }
        return pages
    }
}

extension CQL.Row {
    /// Whether a column holds the bytes of an id.
    fileprivate func holds(_ id: Identifier, at index: Int) -> Bool {
        unsafe withBytes(at: index) { bytes in
            guard let bytes = unsafe bytes, bytes.count == id.bytes.count else { return false }
            return unsafe id.bytes.withUnsafeBufferPointer { id in
                guard let own = id.baseAddress, let other = bytes.baseAddress else { return true }
                return unsafe memcmp(own, other, id.count) == 0
            }
        }
    }
}
