import Glibc
import RocksDB

/// A sorted run that RocksDB's MANIFEST names although RocksDB has deleted the file.
///
/// If the sync of the MANIFEST fails during an ingestion, RocksDB 7.8 removes its own link to the file. What it wrote
/// to the MANIFEST may survive all the same, and then no later start would find the file. The file still exists under
/// its name in `flush/`, which RocksDB removes only after success.
struct LostRun {
    /// The path at which RocksDB looks for the file.
    let place: String
    /// The file's remaining path.
    let source: String
    let files: StoreFiles

    /// Returns the runs in `flush/`, any of which may be the file that a failed opening of the database missed.
    ///
    /// RocksDB compares size, identity and checksums with the MANIFEST, so a wrong file does not open.
    static func candidates(for error: RocksDBError, files: StoreFiles) -> [LostRun] {
        guard error.message.contains("No such file"),
            let name = missingName(in: error.message, under: files.databasePath)
        else { return [] }
        return StoreFiles.Run.allCases.map(files.path(of:)).filter { unsafe access($0, F_OK) == 0 }.map {
            LostRun(place: "\(files.databasePath)/\(name).sst", source: $0, files: files)
        }
    }

    /// Links the file into the database again; returns whether that succeeded.
    func restore() -> Bool {
        guard unsafe link(source, place) == 0 else { return false }
        return (try? files.syncDirectory(files.databasePath)) != nil
    }

    /// Removes that link.
    func takeBack() { _ = unsafe unlink(place) }

    /// Returns the number of the missing file, as in `…/db/000062.ldb`.
    ///
    /// RocksDB reports the older of its two extensions if it finds neither.
    private static func missingName(in message: String, under directory: String) -> Substring? {
        for ending in [".ldb", ".sst"] {
            for part in message.split(separator: " ") where part.hasPrefix(directory + "/") {
                let name = part.dropFirst(directory.count + 1).prefix { $0.isASCII && $0.isNumber }
                if !name.isEmpty, part.dropFirst(directory.count + 1 + name.count).hasPrefix(ending) {
                    return name
                }
            }
        }
        return nil
    }
}
