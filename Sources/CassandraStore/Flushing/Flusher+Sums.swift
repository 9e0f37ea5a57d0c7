extension Flusher {
    /// The outcome of recomputing sums.
    enum Summing: Equatable, Sendable {
        case done
        /// Another process was faster, or the outcome is unknown.
        case overtaken
        /// There are flushed starts up to this generation, which is not flushed according to the month: it was set
        /// back.
        case behind(Int64)
    }

    /// Recomputes the sums of some spans, and of the units around them, from their flushed starts.
    func sum(_ spans: [Int64], in reader: MonthReader) async throws(ClusterError) -> Summing {
        let state = try await reader.stateSerially()
        guard let flushed = state.flushed, let version = state.version else { return .overtaken }
        try await finishFormer(reader, state)
        let sums = try await SpanSums(reader: reader, spans: spans, flushed: flushed).read()
        if let highest = sums.map(\.generation).max(), highest > flushed { return .behind(highest) }
        copies.expectChanges(in: reader.bucket)
        let next = self.version(behind: version)
        let condition = Statement.advanceVersion(
            bucket: reader.bucket,
            from: version,
            to: next,
            flushed: flushed
        )
        let settings = sums.map {
            Statement.setTotal(
                bucket: reader.bucket,
                $0.unit.tier,
                unit: $0.unit.number,
                $0.totals,
                version: next
            )
        }
        return try await decide([condition] + settings) ? .done : .overtaken
    }
}
