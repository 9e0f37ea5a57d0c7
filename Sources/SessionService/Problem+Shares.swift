import FairSharing
import PlayerSessions

extension Problem {
    /// Too much of something at a time, such as "queries are running", of all clients or of the one that asks.
    static func tooMany(_ things: String, _ refusal: SharedLimit<QueryClient>.Refusal) -> Problem {
        switch refusal {
        case .total: Problem(.overloaded, "Too many \(things); send the same request again later.")
        case .client:
            Problem(
                .overloaded,
                "Too many \(things) for this address; wait for their answers, then send the same request again."
            )
        }
    }
}
