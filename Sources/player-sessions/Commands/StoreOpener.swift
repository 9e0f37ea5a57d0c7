import Configuration
import Glibc
import PlayerSessions

/// Opens the store of a configuration; the second argument says whether to create a missing one.
///
/// The third is the number of files an embedded store may have open; see `StoreDescriptors`.
typealias StoreOpener =
    @Sendable (Configuration, Bool, Int) async throws(SessionStoreError) -> any SessionStore

/// Opens a store for a command; if a signal arrives meanwhile, throws as an interrupted command does.
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
