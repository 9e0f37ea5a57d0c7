@testable import CassandraStore

/// What becomes of a statement that a script names, instead of what chance makes of it.
struct Steering {
    /// The replicas that a write reaches, or that a read asks; none, and the request has no answer.
    var replicas = [0, 1, 2]
    /// How many seconds later a write gets there.
    var seconds: Int64 = 0
    /// How many seconds the process stands still behind the answer.
    var pause: Int64 = 0
}

/// What becomes of each statement of a process; `nil` leaves it alone.
///
/// A mutation of several statements, or a batch, goes by the first of them.
typealias Script = (Statement) -> Steering?
