import Foundation
import Glibc
import PlayerSessions
import Testing

@testable import RocksDBStore
@testable import SessionStoreTesting

@Suite struct StoreFilesTests {
    private let directory = TemporaryDirectory()

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: directory.path + "/" + name, atomically: false, encoding: .utf8)
    }

    private func makeDirectory() throws {
        try FileManager.default.createDirectory(
            atPath: directory.path,
            withIntermediateDirectories: false
        )
    }

    /// What opening the directory says, `nil` where it succeeds.
    private func complaint() -> SessionStoreError? {
        do throws(SessionStoreError) {
            try StoreFiles(path: directory.path).close()
            return nil
        } catch {
            return error
        }
    }

    @Test func `a directory is held by one at a time, and the other learns by whom`() throws {
        let holder = try StoreFiles(path: directory.path)
        let error = try #require(complaint())
        #expect(error.kind == .unusable)
        #expect(error.reason.contains("process \(getpid()) ("))
        #expect(error.hint != nil)
        holder.close()
        holder.close()
        #expect(complaint() == nil)
    }

    @Test(arguments: [
        ["letter.txt"], [".bashrc"], ["MANIFEST-000001", "CURRENT", "LOCK"], ["db", "photos"],
    ])
    func `a directory of something else is refused by name and left as it is`(names: [String]) throws {
        try makeDirectory()
        for name in names { try write("dear", to: name) }
        let error = try #require(complaint())
        #expect(error.kind == .unusable)
        let foreign = names.filter { !["LOCK", "db"].contains($0) }
        #expect(error.reason.contains("holds other files: \(foreign.min() ?? "")"))
        #expect(error.reason.contains("and \(foreign.count - 1) more") == (foreign.count > 1))
        #expect(error.hint?.contains("an empty directory") == true)
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.sorted() == names.sorted())
    }

    @Test
    func `what a crash leaves of a new store, a disk of its own, and other files beside a store are taken`()
        throws
    {
        try makeDirectory()
        try write("123\n", to: "LOCK")
        try write("", to: "FORMAT.new")
        try FileManager.default.createDirectory(
            atPath: directory.path + "/lost+found",
            withIntermediateDirectories: false
        )
        #expect(complaint() == nil)
        try write("backup", to: "notes.txt")
        #expect(complaint() == nil, "it is a store by now")
    }

    @Test func `closing by two at once closes no descriptor that is somebody else's`() async throws {
        for _ in 0..<300 {
            let holder = try StoreFiles(path: directory.path)
            let failures = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        holder.close()
                        // The number that was just freed, if nobody closes it once more.
                        let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
                        return Glibc.close(descriptor) == 0 ? 0 : 1
                    }
                }
                return await group.reduce(0, +)
            }
            try #require(failures == 0)
        }
    }

    @Test func `a directory that was closed is free, even while a child has copies of descriptors`() throws {
        let holder = try StoreFiles(path: directory.path)
        // What a process that is being started has until it is another program.
        let own = "/proc/self/fd"
        let held = try FileManager.default.contentsOfDirectory(atPath: own).filter { number in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: own + "/" + number)
            return target?.hasSuffix(directory.path + "/LOCK") ?? false
        }
        let copy = dup(try #require(held.first.flatMap { Int32($0) }))
        defer { Glibc.close(copy) }
        #expect(held.count == 1)
        holder.close()
        #expect(complaint() == nil)
    }

    @Test func `nobody but its owner can read a store, whoever makes its files`() async throws {
        let harness = RocksDBHarness(hotSessions: 1_000)
        let store = try harness.openStore()
        try await store.append(EventBatch([start("p", "s", "FI", beginning), end("p", "s", beginning + 1)]))
        store.flush()
        let root = harness.directory.path
        let entries = [""] + (FileManager.default.subpaths(atPath: root) ?? []).map { "/" + $0 }
        #expect(entries.contains { $0.hasSuffix(".sst") } && entries.contains { $0.hasSuffix(".log") })
        for entry in entries {
            guard let mode = mode(of: root + entry) else { continue }
            #expect(mode & 0o077 == 0, "\(entry) is \(String(mode, radix: 8))")
        }
        await store.close()
    }

    @Test(arguments: [(0o755, 0o700), (0o777, 0o700), (0o750, 0o750), (0o700, 0o700)])
    func `a directory that everybody may enter is closed, and one of a group is left`(
        _ before: Int,
        _ after: Int
    ) throws {
        try StoreFiles(path: directory.path).close()
        #expect(unsafe chmod(directory.path, mode_t(before)) == 0)
        try StoreFiles(path: directory.path).close()
        #expect(mode(of: directory.path) == after)
    }

    @Test(arguments: ["FORMAT", "COMMITTED"])
    func `a link that lies where a file is made does not lead the store elsewhere`(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: false)
        let elsewhere = TemporaryDirectory()
        try "precious".write(toFile: elsewhere.path, atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: "\(directory.path)/\(name).new",
            withDestinationPath: elsewhere.path
        )
        let files = try StoreFiles(path: directory.path)
        try files.replace("\(directory.path)/\(name)", by: "1\n")
        files.close()
        #expect(try String(contentsOfFile: elsewhere.path, encoding: .utf8) == "precious")
        #expect(try files.readLine("\(directory.path)/\(name)") == "1")
    }

    @Test func `a LOCK that is a link is refused`() throws {
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: false)
        let elsewhere = TemporaryDirectory()
        try "precious".write(toFile: elsewhere.path, atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/LOCK",
            withDestinationPath: elsewhere.path
        )
        #expect(complaint()?.hint?.contains("symbolic") == true)
        #expect(try String(contentsOfFile: elsewhere.path, encoding: .utf8) == "precious")
    }

    /// The permission bits of a file, `nil` where RocksDB has just deleted it.
    private func mode(of path: String) -> Int? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? Int(status.st_mode & 0o777) : nil
    }

    @Test func `whatever lies in LOCK, the directory can be opened`() throws {
        try StoreFiles(path: directory.path).close()
        try write("nonsense", to: "LOCK")
        let holder = try StoreFiles(path: directory.path)
        try write("", to: "LOCK")
        #expect(complaint()?.reason.contains("another process") == true)
        holder.close()
    }

    @Test func `a store without its journal is refused`() throws {
        try StoreFiles(path: directory.path).close()
        try FileManager.default.removeItem(atPath: directory.path + "/journal")
        let error = try #require(complaint())
        #expect(error.kind == .unusable && error.reason.contains("journal is missing"))
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/journal"))
    }

    @Test(
        arguments: [
            ("3\n", "format is 3"), ("", "not a version"), ("one\n", "not a version"),
            ("0\n", "not a version"),
            ("-1\n", "not a version"), ("99999999999999999999\n", "not a version"),
        ]
    )
    func `a format that is not known is refused and stays as it is`(_ text: String, _ reason: String) throws {
        try StoreFiles(path: directory.path).close()
        try write(text, to: "FORMAT")
        let error = try #require(complaint())
        #expect(error.kind == .unusable && error.reason.contains(reason) && error.hint != nil)
        #expect(try String(contentsOfFile: directory.path + "/FORMAT", encoding: .utf8) == text)
        // The lock is free again.
        try write("2\n", to: "FORMAT")
        #expect(complaint() == nil)
    }

    @Test func `data without a format is not taken for a new store`() throws {
        try StoreFiles(path: directory.path).close()
        try FileManager.default.removeItem(atPath: directory.path + "/FORMAT")
        #expect(complaint()?.reason.contains("FORMAT is missing") == true)
    }

    @Test func `runs left over from a crash are deleted, and nothing else`() throws {
        try StoreFiles(path: directory.path).close()
        try write("half a run", to: "flush/records.sst")
        try write("a note", to: "README")
        let files = try StoreFiles(path: directory.path)
        try files.removeLeftovers()
        files.close()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/flush") == [])
        #expect(FileManager.default.fileExists(atPath: directory.path + "/README"))
    }

    @Test func `a path that cannot be a directory says what to do`() throws {
        try StoreFiles(path: directory.path).close()
        try write("", to: "file")
        for path in ["/file", "/file/store", "/missing/store"] {
            #expect {
                try StoreFiles(path: directory.path + path)
            } throws: { error in
                (error as? SessionStoreError)?.kind == .unusable && (error as? SessionStoreError)?.hint != nil
            }
        }
    }
}
