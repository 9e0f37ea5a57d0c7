import CMalloc
import HTTPServer

/// Gives memory back to the system when a flood of requests is over.
///
/// The allocator keeps what was freed, for whatever comes next; of a flood that is up to `max_buffered_megabytes`, for
/// ever. Giving it back costs some milliseconds, in which threads that want memory wait, and so it is done in calm only.
enum MemoryReturn {
    /// What an open connection takes without a large request.
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

/// Knows from one look a second when a flood is over.
struct FloodWatch {
    /// Less is not worth giving back.
    static let floodBytes = 16 << 20
    /// How many looks in a row must be calm: floods come in waves.
    static let calmLooks = 3

    private var highest = 0
    private var calm = 0

    /// Takes the bytes of a look; answers whether a flood has just ended: they were many, and now they are few.
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
