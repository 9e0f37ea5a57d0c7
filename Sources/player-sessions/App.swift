import Configuration
import HTTPServer
import Logging
import PlayerSessions

/// The service as the program runs it: store, service and server, from start to stop.
struct App {
    let store: any SessionStore
    let service: AppService
    let server: HTTPServer
    let logger: Logger
    let shutdownGrace: Duration

    /// Runs the service until a signal stops it or its store fails.
    static func run(configuration: Configuration) async throws {
        ignoreBrokenPipes()
        let endings = Endings()
        // Before the store opens, which takes a while: a signal meanwhile stops the service as a later one would.
        let logger = makeLogger(configuration)
        try endings.observeSignals(logger)
        let building = Task { try await build(configuration, logger: logger) { endings.send(.failure($0)) } }
        let ending = Task {
            let ending = await endings.first()
            // Stop waiting for a cluster that is not reachable yet.
            building.cancel()
            return ending
        }
        let app: App
        do {
            app = try await building.value
        } catch let error as SessionStoreError where error.kind == .closing && building.isCancelled {
            if case .signal(let name) = await ending.value {
                logger.log(.info, "stopped before the start", ["signal": name])
            }
            return
        }
        do throws(HTTPServerError) {
            try app.server.start()
        } catch {
            await app.store.close()
            throw error
        }
        app.logger.log(
            .info,
            "listening",
            ["address": configuration.listen.host, "port": app.server.port]
        )
        let memory = Task { await MemoryReturn.watch(app.server) }
        let stop = await ending.value
        memory.cancel()
        try await app.stop(after: stop)
    }

    /// Stops accepting, finishes the requests already taken and closes the store.
    private func stop(after ending: Endings.Ending) async throws {
        service.beginShutdown()
        switch ending {
        case .signal(let name):
            logger.log(.info, "stopping", ["signal": name])
            await server.stop(grace: shutdownGrace)
            await store.close()
            logger.log(.info, "stopped")
        case .failure(let error):
            logger.log(.error, "stopping", ["error": error.description])
            // The pending requests already have responses; one second is enough to send them.
            await server.stop(grace: .seconds(1))
            await store.close()
            throw Failure(error.description)
        }
    }
}
