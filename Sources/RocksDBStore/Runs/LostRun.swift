import Glibc
import RocksDB

/// A sorted run that RocksDB has deleted although its list of files names it.
///
/// Where the sync of that list fails while a run is taken in, RocksDB 7.8 removes its own name of the file; what it has
/// written of the list may last all the same, and then no start would find the file again. The file itself is still
/// there under its name in `flush/`, which RocksDB removes only behind a success.
struct LostRun {
    /// Where RocksDB looks for the file.
    let place: String
    /// The file's other name.
    let source: String
    let files: StoreFiles

    /// What a failed opening of the database may miss, where it misses a file: the runs that are left, each in turn.
    ///
    /// RocksDB compares size, identity and checksums with its list: another file does not open.
    static func candidates(for error: RocksDBError, files: StoreFiles) -> [LostRun] {
        guard error.message.contains("No such file"),
            let name = missingName(in: error.message, under: files.databasePath)
        else { return [] }
        return StoreFiles.Run.allCases.map(files.path(of:)).filter { unsafe access($0, F_OK) == 0 }.map {
            LostRun(place: "\(files.databasePath)/\(name).sst", source: $0, files: files)
        }
    }

    /// Gives the file its name in the database again; answers whether that could be done.
    func restore() -> Bool {
        guard unsafe link(source, place) == 0 else { return false }
        return (try? files.syncDirectory(files.databasePath)) != nil
    }

    /// Removes that name.
    func takeBack() { _ = unsafe unlink(place) }

    /// The number of the file, as in `…/db/000062.ldb`: RocksDB names the older of two endings when it finds neither.
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
