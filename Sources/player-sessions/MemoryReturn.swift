import CMalloc
import HTTPServer

/// Returns memory to the system after a flood of requests.
///
/// The allocator keeps freed memory for reuse: after a flood up to `max_buffered_megabytes`, forever. Returning it
/// takes some milliseconds in which threads that allocate must wait, so it is done only when load is low.
enum MemoryReturn {
    /// Bytes that an open connection takes without a large request.
    private static let connectionBytes = 2_048

    /// Watches a server until the task is cancelled.
    static func watch(_ server: HTTPServer) async {
        var watch = FloodWatch()
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let load = server.takeBufferedPeak() + server.connections * connectionBytes
            if watch.isOver(load) { malloc_trim(0) }
        }
    }
}

/// Detects the end of a flood from one sample a second.
struct FloodWatch {
    /// The peak in bytes below which returning memory is not worth it.
    static let floodBytes = 16 << 20
    /// The number of consecutive calm samples required, because floods come in waves.
    static let calmLooks = 3

    private var highest = 0
    private var calm = 0

    /// Takes a sample in bytes and returns whether a flood has just ended: the peak was high and the load is now low.
    mutating func isOver(_ bytes: Int) -> Bool {
        highest = max(highest, bytes)
        guard highest >= FloodWatch.floodBytes else { return false }
        calm = bytes <= highest / 4 ? calm + 1 : 0
        guard calm == FloodWatch.calmLooks else { return false }
        highest = bytes
        calm = 0
        return true
    }
}
