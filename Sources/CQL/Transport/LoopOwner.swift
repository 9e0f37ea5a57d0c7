/// Who does the work of a loop; called on the loop's thread only.
protocol LoopOwner: AnyObject {
    /// Once in every turn, before the loop waits: takes what other threads have sent.
    ///
    /// After it all output of the turn is written.
    func turn()

    /// At least so often as `Loop.tickMilliseconds` says.
    func tick()
}
