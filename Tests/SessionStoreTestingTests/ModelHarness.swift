import PlayerSessions
import SessionStoreTesting

/// The moment at which every case begins; late enough for the windows of all of them.
let beginning = Timestamp(microseconds: 1_480_683_600_123_456)

/// Opens model stores, each wrapped as the test wishes.
struct ModelHarness: StoreHarness {
    let clock = ManualClock(beginning)
    private let data = ModelStore.Data()
    private let wrap: @Sendable (ModelStore) -> any SessionStore

    init(wrap: @escaping @Sendable (ModelStore) -> any SessionStore = { $0 }) {
        self.wrap = wrap
    }

    func open(retention: Retention) async throws -> any SessionStore {
        wrap(ModelStore(data, retention: retention, clock: clock.wallClock))
    }
}
