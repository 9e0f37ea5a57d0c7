internal import CRocksDB

/// An immutable view of a database at one point in time; released with its last reference.
@safe public final class Snapshot: @unchecked Sendable {  // A RocksDB snapshot is immutable.
    let handle: OpaquePointer
    private let database: Database

    /// Takes a snapshot of the current state.
    public init(of database: Database) {
        guard let created = unsafe rocksdb_create_snapshot(database.handle) else {
            preconditionFailure("rocksdb_create_snapshot returned no snapshot")
        }
        unsafe handle = created
        self.database = database
    }

    deinit { unsafe rocksdb_release_snapshot(database.handle, handle) }
}
