/// The most bytes that a body may have, as sent and as unpacked.
struct BodyLimit: Sendable {
    var bytes: Int
    /// Which limit that is and what the client can do, as the end of a sentence.
    var advice: String

    /// The limit of batches, which is configured.
    static func ofBatches(_ limits: ServiceLimits) -> BodyLimit {
        BodyLimit(
            bytes: limits.maximumBodyBytes,
            advice: "the limit max_body_bytes of this service: send less at once, or raise it with"
                + " --max-body-bytes or PLAYER_SESSIONS_MAX_BODY_BYTES"
        )
    }

    /// The limit of everything else: queries are small, and they are read on a loop.
    static func ofQueries(_ limits: ServiceLimits) -> BodyLimit {
        guard limits.maximumBodyBytes > ServiceLimits.maximumQueryBytes else { return ofBatches(limits) }
        return BodyLimit(
            bytes: ServiceLimits.maximumQueryBytes,
            advice: "the most that a query may have: send one JSON object with the query's members"
        )
    }
}
