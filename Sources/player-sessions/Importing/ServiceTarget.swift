import EventDecoding
import Foundation
import PlayerSessions

/// Sends an import's lines to a running service, many batches at a time.
final class ServiceTarget: ImportTarget {
    private struct Delivery {
        var batch: LineBatch
        var postponement = Postponement()
        /// What earlier responses accepted of these lines, which the report has already counted.
        var counted = (accepted: 0, expired: 0)
    }

    private let address: ServiceAddress
    private let url: String
    private let connections: Int
    private let pool: TransferPool
    private let policy: RetryPolicy
    private let report: ImportReport
    private var planner: BatchPlanner
    private var limits: BatchLimits
    private var plannedFile = ""
    private var underWay: [Int: Delivery] = [:]
    private var waiting: [Delivery] = []
    private var lastSuccess = ContinuousClock.now
    /// Whether the user was told that the service fails.
    private var isOutageTold = false
    /// Whether only responses are awaited, and nothing is sent any more.
    private var isSettling = false
    /// How many batches in a row were refused as invalid without naming a line.
    private var refusalsInARow = 0

    /// Shorter outages are common if a service is busy, and end before anyone could read about them.
    private static let longestSilentOutage = Duration.seconds(2)
    private static let waitMilliseconds = 200
    /// How long a stop waits for pending responses.
    private static let stopPatience = Duration.seconds(10)
    /// After this many, the service is assumed to refuse everything: more than all connections cause with one bad line
    /// each.
    private static let maximumRefusalsInARow = 1_000

    /// The service checks the clock skew and its own limits.
    let decodingLimits = DecodingLimits(
        maximumEvents: .max,
        maximumErrors: 1_000,
        maximumClockSkewMicroseconds: .max
    )
    let maximumLinesPerPiece = 10_000

    init(
        _ address: ServiceAddress,
        connections: Int,
        limits: BatchLimits,
        policy: RetryPolicy,
        report: ImportReport
    ) throws(Failure) {
        self.address = address
        self.connections = connections
        self.limits = limits
        self.policy = policy
        self.report = report
        url = address.url("/batchevents")
        pool = try TransferPool(
            connections: connections,
            headers: ["Content-Type: application/x-ndjson", "Prefer: handling=lenient"]
        )
        planner = BatchPlanner(limits: limits, file: "")
    }

    func take(_ piece: DecodedLines) throws(Failure) {
        if unsafe piece.file != plannedFile || planner.limits != limits {
            try flush()
            unsafe plannedFile = piece.file
            planner = BatchPlanner(limits: limits, file: plannedFile)
        }
        let invalid = unsafe Set(piece.batch.invalidLines)
        unsafe try forEachLine(in: piece.bytes, firstLine: piece.firstLine) {
            (number, line) throws(Failure) in
            guard !invalid.contains(number), !Interruption.isRequested else { return }
            if let full = unsafe planner.add(line, number: number) { try submit(full) }
        }
    }

    func pump() throws(Failure) {
        try flush()
        try step(waitMilliseconds: 0)
    }

    func drain() throws(Failure) {
        try flush()
        while pool.inFlight > 0 || !waiting.isEmpty, !Interruption.isRequested {
            try step(waitMilliseconds: ServiceTarget.waitMilliseconds)
        }
    }

    func settle() {
        isSettling = true
        waiting.removeAll()
        let start = ContinuousClock.now
        while pool.inFlight > 0, ContinuousClock.now - start < ServiceTarget.stopPatience {
            // What ended the import was reported before.
            try? step(waitMilliseconds: ServiceTarget.waitMilliseconds)
            waiting.removeAll()
        }
    }

    private func flush() throws(Failure) {
        if let batch = planner.flush() { try submit(batch) }
    }

    private func submit(_ batch: LineBatch) throws(Failure) {
        waiting.append(Delivery(batch: batch))
        startWaiting()
        while underWay.count + waiting.count > connections, !Interruption.isRequested {
            try step(waitMilliseconds: ServiceTarget.waitMilliseconds)
        }
    }

    /// Starts the deliveries that may be sent now.
    private func startWaiting() {
        guard !isSettling else { return }
        let now = ContinuousClock.now
        var index = 0
        // Those that have waited longest come first.
        while index < waiting.count, pool.hasRoom {
            if waiting[index].postponement.isOver(at: now) {
                let delivery = waiting.remove(at: index)
                underWay[pool.post(url, body: delivery.batch.body)] = delivery
            } else {
                index += 1
            }
        }
    }

    private func step(waitMilliseconds: Int) throws(Failure) {
        startWaiting()
        // Count every response that came, including those after the one that ends the import.
        var failure: Failure?
        for (number, result) in pool.step(waitMilliseconds: waitMilliseconds) {
            guard let delivery = underWay.removeValue(forKey: number) else { continue }
            do throws(Failure) { try settle(delivery, result) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        startWaiting()
        report.tick()
    }

    private func settle(_ delivery: Delivery, _ result: Result<HTTPAnswer, TransferError>) throws(Failure) {
        let answer: HTTPAnswer
        switch result {
        case .success(let got): answer = got
        case .failure(let error):
            guard error.isTransient else {
                throw stopped(at: delivery, address.connectionFailure(error).description)
            }
            return try retry(delivery, after: 0, "\(error)")
        }
        switch answer.status {
        case 200: try count(answer, delivery)
        case 400, 415, 422: try refuse(delivery, answer)
        case 413 where delivery.batch.lines.count > 1:
            // The service was restarted with a smaller limit.
            limits.events = min(limits.events, max(1, delivery.batch.lines.count / 2))
            limits.bytes = min(limits.bytes, max(1_024, delivery.batch.body.count / 2))
            sendHalves(of: delivery)
        case 413: try refuse(delivery, answer)
        case 408, 429, 500, 502, 503, 504:
            try retry(delivery, after: answer.retryAfterSeconds, ServiceProblem.line(of: answer))
        default: throw refused(delivery, answer)
        }
    }

    /// Counts what the service accepted; its numbers are believed only if they fit what was sent.
    private func count(_ answer: HTTPAnswer, _ delivery: Delivery) throws(Failure) {
        let batch = delivery.batch
        let sent = batch.lines.count
        guard let taken = BatchAnswer(answer.body) else {
            throw stopped(at: delivery, "\(address) did not answer as a player-sessions service does")
        }
        let rejected = faults(taken.rejected ?? [], of: batch)
        guard (0...sent).contains(taken.accepted), (0...sent).contains(taken.expired),
            taken.accepted + taken.expired + rejected.count <= sent,
            taken.accepted + taken.expired == sent || !rejected.isEmpty
        else {
            throw stopped(
                at: delivery,
                "\(address) did not answer as a player-sessions service does: \(taken.accepted) accepted and "
                    + "\(taken.expired) expired of \(sent) lines"
            )
        }
        lastSuccess = .now
        if isOutageTold { report.say("\(address): connected again") }
        isOutageTold = false
        refusalsInARow = 0
        report.tally.accepted += taken.accepted - delivery.counted.accepted
        report.tally.expired += taken.expired - delivery.counted.expired
        try reject(rejected, of: batch)
        guard taken.accepted + taken.expired + rejected.count < sent else { return }
        // The list of rejected lines was cut; the others must be named, too.
        let rest = batch.removing(Set(rejected.keys))
        waiting.append(Delivery(batch: rest, counted: (taken.accepted, taken.expired)))
    }

    /// Rejects the lines that the service names as invalid; if it names none, finds them by halving the batch.
    private func refuse(_ delivery: Delivery, _ answer: HTTPAnswer) throws(Failure) {
        let batch = delivery.batch
        let problem = try? JSONDecoder().decode(ServiceProblem.self, from: Data(answer.body))
        let wrong = faults(problem?.errors ?? [], of: batch)
        if !wrong.isEmpty {
            // The service does not support lenient handling: send the valid lines again.
            refusalsInARow = 0
            try reject(wrong, of: batch)
            if wrong.count < batch.lines.count {
                waiting.append(Delivery(batch: batch.removing(Set(wrong.keys)), counted: delivery.counted))
            }
            return
        }
        refusalsInARow += 1
        guard refusalsInARow < ServiceTarget.maximumRefusalsInARow else { throw refused(delivery, answer) }
        if batch.lines.count > 1 { return sendHalves(of: delivery) }
        try reject(
            [0: [.init(line: 1, message: "was refused: \(ServiceProblem.line(of: answer))")]],
            of: batch
        )
    }

    private func sendHalves(of delivery: Delivery) {
        let halves = delivery.batch.halves()
        // Only the sum of both counts, so either half may make up for what was counted.
        waiting += [Delivery(batch: halves.0, counted: delivery.counted), Delivery(batch: halves.1)]
    }

    /// Returns the errors by line index; those about no line of the batch are ignored.
    private func faults(
        _ faults: [ServiceProblem.LineFault],
        of batch: LineBatch
    ) -> [Int: [ServiceProblem.LineFault]] {
        Dictionary(
            grouping: faults.filter { (1...batch.lines.count).contains($0.line) },
            by: { $0.line - 1 }
        )
    }

    private func reject(
        _ faults: [Int: [ServiceProblem.LineFault]],
        of batch: LineBatch
    ) throws(Failure) {
        for (index, faults) in faults.sorted(by: { $0.key < $1.key }) {
            try report.reject(
                file: batch.file,
                line: batch.lines[index],
                faults: faults.map { ($0.field, $0.message) },
                bytes: batch.bytes(ofLineAt: index)
            )
        }
    }

    private func retry(_ delivery: Delivery, after seconds: Int, _ reason: String) throws(Failure) {
        if isSettling { return }
        var delivery = delivery
        guard
            let silence = delivery.postponement.fail(
                by: policy,
                retryAfterSeconds: seconds,
                lastSuccess: lastSuccess
            )
        else {
            throw stopped(at: delivery, "\(address) failed for \(policy.patienceText): \(reason)")
        }
        if !isOutageTold, silence >= ServiceTarget.longestSilentOutage {
            isOutageTold = true
            report.say("\(address): \(reason); trying again for at most \(policy.patienceText)")
        }
        waiting.append(delivery)
    }

    private func refused(_ delivery: Delivery, _ answer: HTTPAnswer) -> Failure {
        stopped(at: delivery, "\(address) refused a batch: \(ServiceProblem.line(of: answer))")
    }

    private func stopped(at delivery: Delivery, _ reason: String) -> Failure {
        Failure("\(delivery.batch.place): \(reason)")
    }
}
