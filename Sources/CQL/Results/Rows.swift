/// A page of a result, whose rows are decoded from the server's bytes as they are read.
///
/// The lengths were checked on receipt, so iterating over rows cannot fail; reading a column can.
public struct Rows: Sendable {
    /// The columns.
    public let metadata: ResultMetadata
    /// The number of rows in this page.
    public let count: Int
    /// The state from which the same statement continues; nil for the last page.
    public let pagingState: [UInt8]?
    /// The new id of the columns, if they have changed since the statement was prepared (version 5).
    public let changedMetadataID: [UInt8]?

    let body: [UInt8]
    let start: Int

    /// Whether this page has no rows; more pages may follow even so.
    public var isEmpty: Bool { count == 0 }

    /// The first row.
    public var first: Row? {
        var iterator = makeIterator()
        return iterator.next()
    }
}

extension Rows: Sequence {
    /// Iterates over the rows; each step reads the length of every column.
    public struct Iterator: IteratorProtocol {
        private let rows: Rows
        private var offset: Int
        private var left: Int

        init(_ rows: Rows) {
            self.rows = rows
            offset = rows.start
            left = rows.count
        }

        /// Returns the next row.
        public mutating func next() -> Row? {
            guard left > 0 else { return nil }
            left -= 1
            let row = Row(metadata: rows.metadata, body: rows.body, start: offset)
            offset = row.end
            return row
        }
    }

    /// The exact number of rows.
    public var underestimatedCount: Int { count }

    /// Returns an iterator from the first row.
    public func makeIterator() -> Iterator { Iterator(self) }
}
