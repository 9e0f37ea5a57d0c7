internal import CQL

/// The consistency levels of the store's reads, writes and conditions.
struct ConsistencyLevels: Sendable {
    /// The level of everything else.
    var regular: Consistency
    /// The level of conditional batches, and of reads that must see the ones before them.
    var serial: Consistency

    init(_ consistency: ClusterAddress.Consistency) {
        switch consistency {
        case .localQuorum: (regular, serial) = (.localQuorum, .localSerial)
        case .quorum: (regular, serial) = (.quorum, .serial)
        }
    }

    /// Returns a request's options.
    func options(of request: Request) -> RequestOptions {
        let (level, decision): (Consistency, Consistency) =
            switch request.consistency {
            case .regular: (regular, serial)
            case .serial: (serial, serial)
            case .global: (.quorum, .serial)
            }
        return RequestOptions(
            consistency: level,
            serialConsistency: request.kind == .conditionalBatch ? decision : nil,
            isIdempotent: request.isRepeatable,
            pageSize: request.pageSize,
            pagingState: request.page?.bytes
        )
    }

    /// Returns the options of writes with `nanoseconds` left; the timeout is at least 1 ms.
    func options(ofWritesWithin nanoseconds: Int64) -> RequestOptions {
        RequestOptions(
            consistency: regular,
            isIdempotent: true,
            timeout: .nanoseconds(max(nanoseconds, 1_000_000))
        )
    }

    /// The same for reads of a few rows: unpaged, because paged partitions are read one after the other.
    func options(ofReadsWithin nanoseconds: Int64) -> RequestOptions {
        var options = options(ofWritesWithin: nanoseconds)
        options.parameters.pageSize = nil
        return options
    }
}

extension Request {
    /// The most rows of a page of a read.
    fileprivate var pageSize: Int32 {
        switch statements.first {
        // The first rows usually suffice: 100 sessions, and some stale rows. If they do not, many rows are stale.
        case .readEnds: page == nil ? 128 : 1_024
        // Rows with maps, from the whole cluster: a page must arrive within an attempt's timeout.
        case .scanFacts, .scanFactsOfPlayer, .scanSpans: 2_000
        default: RequestOptions.defaultPageSize
        }
    }
}
