import Configuration
import HTTPServer
import Logging
import PlayerSessions

/// The service as the program runs it: store, service and server, from the start to the stop.
struct App {
    let store: any SessionStore
    let service: AppService
    let server: HTTPServer
    let logger: Logger
    let shutdownGrace: Duration

    /// Runs the service until a signal stops it, or its store fails.
    static func run(configuration: Configuration) async throws {
        ignoreBrokenPipes()
        let endings = Endings()
        // Before the store opens, which takes a while: a signal meanwhile is a stop like any other.
        let logger = makeLogger(configuration)
        try endings.observeSignals(logger)
        let building = Task { try await build(configuration, logger: logger) { endings.send(.failure($0)) } }
        let ending = Task {
            let ending = await endings.first()
            // A cluster that is not there yet need not be waited for any longer.
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

    /// Stops accepting, finishes what was taken, closes the store.
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
            // Those who wait were told already; a second is enough for their answers to leave.
            await server.stop(grace: .seconds(1))
            await store.close()
            throw Failure(error.description)
        }
    }
}
