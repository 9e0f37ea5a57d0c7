/// How often what goes wrong, once in so many times; `Int.max` for never.
struct Faults {
    /// A delivery to a replica that never arrives.
    var lost = 12
    /// A delivery that arrives after seconds or minutes.
    var late = 10
    /// A delivery that arrives twice.
    var repeated = 12
    /// A request that is refused before anything happens.
    var refused = 30
    /// A request whose answer is lost.
    var silent = 15
    /// A process that dies between two steps.
    var crash = 60
    /// A process that stands still for minutes before it goes on with an answer.
    var pause = 120

    /// Nothing goes wrong.
    static let none = Faults(
        lost: .max,
        late: .max,
        repeated: .max,
        refused: .max,
        silent: .max,
        crash: .max,
        pause: .max
    )
}
