import Configuration
import PlayerSessions

/// The service as the program runs it.
enum App {
    /// Runs the service until a signal stops it.
    static func run(configuration: Configuration) async throws {
        _ = try await openStore(configuration)
    }

    /// Opens the store that the configuration names.
    ///
    /// - Throws: `SessionStoreError`.
    static func openStore(_ configuration: Configuration) async throws(SessionStoreError) -> any SessionStore
    {
        throw SessionStoreError(
            .unusable,
            operation: "open the store",
            reason: "no store is part of this program"
        )
    }
}
