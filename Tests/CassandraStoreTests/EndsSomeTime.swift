import Testing

extension Trait where Self == TimeLimitTrait {
    /// A limit for tests that wait for an event and would wait for ever without it.
    ///
    /// So long that a machine with no time for this test, as beside fuzzers on every core, is not taken for a fault.
    static var endsSomeTime: Self { .timeLimit(.minutes(15)) }
}
