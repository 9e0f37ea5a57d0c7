import EventDecoding
import Foundation
import PlayerSessions

/// Sends an import's lines to a running service, many batches at a time.
final class ServiceTarget: ImportTarget {
    private struct Delivery {
        var batch: LineBatch
        var postponement = Postponement()
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
    /// When the service last took something.
    private var lastSuccess = ContinuousClock.now
    /// Whether the person knows that the service fails.
    private var isOutageTold = false

    /// Shorter ones are common where a service is busy, and over before they are read of.
    private static let longestSilentOutage = Duration.seconds(2)
    private static let waitMilliseconds = 200
    /// How long a stop waits for the answers under way.
    private static let stopPatience = Duration.seconds(10)

    /// The clock's skew is the service's to judge; so are its limits.
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
        unsafe try forEachLine(of: piece) { (number, line) throws(Failure) in
            guard !invalid.contains(number), !Interruption.isRequested else { return }
            if let full = unsafe planner.add(line, number: number) { try submit(full) }
        }
    }

    func pump() throws(Failure) {
        try flush()
        try step(waitMilliseconds: 0)
    }

    func drain(retrying: Bool) throws(Failure) {
        if retrying { try flush() } else { waiting.removeAll() }
        let start = ContinuousClock.now
        while pool.inFlight > 0 || !waiting.isEmpty {
            try step(waitMilliseconds: ServiceTarget.waitMilliseconds)
            // A stop that is asked for meanwhile still gets the answers under way.
            if !retrying || Interruption.isRequested {
                waiting.removeAll()
                if ContinuousClock.now - start > ServiceTarget.stopPatience { return }
            }
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

    /// Starts what may be sent now.
    private func startWaiting() {
        let now = ContinuousClock.now
        var index = 0
        // Those that wait longest come first.
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
        let answers = pool.step(waitMilliseconds: waitMilliseconds)
        for (number, result) in answers {
            guard let delivery = underWay.removeValue(forKey: number) else { continue }
            switch result {
            case .success(let answer): try settle(delivery, answer)
            case .failure(let error):
                guard error.isTransient else {
                    throw stopped(at: delivery, address.connectionFailure(error).description)
                }
                try retry(delivery, after: 0, "\(error)")
            }
        }
        startWaiting()
        report.tick()
    }

    private func settle(_ delivery: Delivery, _ answer: HTTPAnswer) throws(Failure) {
        let batch = delivery.batch
        switch answer.status {
        case 200:
            guard let taken = BatchAnswer(answer.body) else {
                throw stopped(at: delivery, "\(address) answered what no player-sessions service would")
            }
            lastSuccess = .now
            if isOutageTold { report.say("\(address): connected again") }
            isOutageTold = false
            report.tally.accepted += taken.accepted
            report.tally.expired += taken.expired
            _ = try reject(taken.rejected ?? [], of: batch)
        case 400:
            // The service does not know the lenient handling: what is right goes in again.
            let problem = try? JSONDecoder().decode(ServiceProblem.self, from: Data(answer.body))
            let wrong = try reject(problem?.errors ?? [], of: batch)
            guard !wrong.isEmpty else { throw refused(delivery, answer) }
            if wrong.count < batch.lines.count { waiting.append(Delivery(batch: batch.removing(wrong))) }
        case 413 where batch.lines.count > 1:
            // The service was restarted with a smaller limit.
            limits.events = min(limits.events, max(1, batch.lines.count / 2))
            limits.bytes = min(limits.bytes, max(1_024, batch.body.count / 2))
            let halves = batch.halves()
            waiting += [Delivery(batch: halves.0), Delivery(batch: halves.1)]
        case 413:
            let fault = ServiceProblem.LineFault(line: 1, message: ServiceProblem.line(of: answer))
            _ = try reject([fault], of: batch)
        case 408, 429, 500, 502, 503, 504:
            try retry(delivery, after: answer.retryAfterSeconds, ServiceProblem.line(of: answer))
        default: throw refused(delivery, answer)
        }
    }

    /// Reports what the service found wrong; returns the indices of the lines.
    private func reject(_ faults: [ServiceProblem.LineFault], of batch: LineBatch) throws(Failure) -> Set<Int>
    {
        let byLine = Dictionary(
            grouping: faults.filter { batch.lines.indices.contains($0.line - 1) },
            by: \.line
        )
        for (line, faults) in byLine.sorted(by: { $0.key < $1.key }) {
            try report.reject(
                file: batch.file,
                line: batch.lines[line - 1],
                faults: faults.map { ($0.field, $0.message) },
                bytes: batch.bytes(ofLineAt: line - 1)
            )
        }
        return Set(byLine.keys.map { $0 - 1 })
    }

    private func retry(_ delivery: Delivery, after seconds: Int, _ reason: String) throws(Failure) {
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
        Failure("\(delivery.batch.file):\(delivery.batch.lines.first ?? 1): \(reason)")
    }
}
