import PlayerSessions
import SessionStoreTesting
import Synchronization

/// A store that refuses its first batches as overloaded.
final class BusyStore: StoreBefore {
    let store = ModelStore()
    private let refusals: Mutex<Int>

    init(refusals: Int) {
        self.refusals = Mutex(refusals)
    }

    func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        let isRefused = refusals.withLock { refusals in
            refusals -= 1
            return refusals >= 0
        }
        guard isRefused else { return store.append(batch, completion: completion) }
        let error = SessionStoreError(.overloaded, operation: "append", reason: "too much is queued")
        Task { completion(.failure(error)) }
    }
}

/// A store that fails every third batch at once, and takes the others a little later.
final class FailingStore: StoreBefore {
    let store = ModelStore()
    private let appends = Mutex(0)
    /// How many events it took.
    let taken = Mutex(0)

    func append(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        let number = appends.withLock { appends in
            appends += 1
            return appends
        }
        guard number % 3 != 0 else {
            return completion(
                .failure(SessionStoreError(.failed, operation: "append", reason: "the disk is full"))
            )
        }
        store.append(batch) { result in
            Task {
                try? await Task.sleep(for: .milliseconds(100))
                self.taken.withLock { $0 += batch.count }
                completion(result)
            }
        }
    }
}

/// A member of gzip (RFC 1952) with one block that is not compressed (RFC 1951, 3.2.4); at most 65,535 bytes.
func gzipStoring(_ bytes: [UInt8]) -> [UInt8] {
    func littleEndian(_ number: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
    }
    var checksum = UInt32.max
    for byte in bytes {
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    let size = UInt32(bytes.count)
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + littleEndian(size, 2) + littleEndian(~size, 2) + bytes
        + littleEndian(~checksum, 4) + littleEndian(size, 4)
}
