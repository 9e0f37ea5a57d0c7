internal import CQL

/// The levels at which a store writes and reads, and at which its conditions are decided.
struct ConsistencyLevels: Sendable {
    /// Of everything else.
    var regular: Consistency
    /// Of conditional batches, and of reads that have to see those before them.
    var serial: Consistency

    init(_ consistency: ClusterAddress.Consistency) {
        switch consistency {
        case .localQuorum: (regular, serial) = (.localQuorum, .localSerial)
        case .quorum: (regular, serial) = (.quorum, .serial)
        }
    }

    /// How a request is executed.
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

    /// How writes are executed that have so many ns left.
    func options(ofWritesWithin nanoseconds: Int64) -> RequestOptions {
        RequestOptions(
            consistency: regular,
            isIdempotent: true,
            timeout: .nanoseconds(max(nanoseconds, 1_000_000))
        )
    }

    /// The same for reads of a few rows; not by pages, for which partitions are asked one after the other.
    func options(ofReadsWithin nanoseconds: Int64) -> RequestOptions {
        var options = options(ofWritesWithin: nanoseconds)
        options.parameters.pageSize = nil
        return options
    }
}

extension Request {
    /// How many rows a page of a read has at most.
    fileprivate var pageSize: Int32 {
        switch statements.first {
        // As a rule a few of the first rows are the answer: 100 sessions and some that have moved on. Where they are
        // not, there are many of that kind.
        case .readEnds: page == nil ? 128 : 1_024
        // Rows with maps, from all over the cluster: a page must come within an attempt's time.
        case .scanFacts, .scanFactsOfPlayer, .scanSpans: 2_000
        default: RequestOptions.defaultPageSize
        }
    }
}
