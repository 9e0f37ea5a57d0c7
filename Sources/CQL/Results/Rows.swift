/// A page of a result: its rows stay in the bytes that the server sent until they are read.
///
/// The bytes were checked as a whole when they came, so that walking over rows cannot fail; reading a column can.
public struct Rows: Sendable {
    /// The columns.
    public let metadata: ResultMetadata
    /// How many rows this page has.
    public let count: Int
    /// Where to go on, with the same statement; nil for the last page.
    public let pagingState: [UInt8]?
    /// What the columns are known by now, where they have changed since the statement was prepared (version 5).
    public let changedMetadataID: [UInt8]?

    let body: [UInt8]
    let start: Int

    /// Whether this page has no rows; there may be more pages all the same.
    public var isEmpty: Bool { count == 0 }

    /// The first row.
    public var first: Row? {
        var iterator = makeIterator()
        return iterator.next()
    }
}

extension Rows: Sequence {
    /// Walks over the rows; each step costs a look at each of its columns' lengths.
    public struct Iterator: IteratorProtocol {
        private let rows: Rows
        private var offset: Int
        private var left: Int

        init(_ rows: Rows) {
            self.rows = rows
            offset = rows.start
            left = rows.count
        }

        /// The next row.
        public mutating func next() -> Row? {
            guard left > 0 else { return nil }
            left -= 1
            let row = Row(metadata: rows.metadata, body: rows.body, start: offset)
            offset = row.end
            return row
        }
    }

    /// How many rows there are.
    public var underestimatedCount: Int { count }

    /// Begins at the first row.
    public func makeIterator() -> Iterator { Iterator(self) }
}
