import Configuration
import Glibc
import PlayerSessions

/// Opens the store of a configuration; one that is missing is made only where the second argument says so.
///
/// The third is how many files an embedded store may have open; see `StoreDescriptors`.
typealias StoreOpener =
    @Sendable (Configuration, Bool, Int) async throws(SessionStoreError) -> any SessionStore

/// Opens a store for a command; a signal meanwhile ends the command as one that comes later does.
func open(
    _ opener: StoreOpener,
    _ configuration: Configuration,
    makesMissing: Bool,
    descriptors: Int
) async throws -> any SessionStore {
    do throws(SessionStoreError) {
        return try await opener(configuration, makesMissing, descriptors)
    } catch {
        guard error.kind == .closing, Interruption.isRequested else { throw error }
        write("stopped while waiting for the store; nothing was changed\n", to: STDERR_FILENO)
        throw Failure.reported(.interrupted)
    }
}
