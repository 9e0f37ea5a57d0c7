import PlayerSessions
import Synchronization
import Testing

@testable import CassandraStore

@Suite struct RegistrarTests {
    private func bucket(_ bench: Workbench) -> Int64 { Tier.month.unit(of: bench.clock.now.microseconds) }

    private func registrations(_ statements: [Statement]) -> [Registration] {
        statements.compactMap { if case .register(_, _, let registration) = $0 { registration } else { nil } }
    }

    @Test func `who comes while a process says that it writes nothing is registered anew`() async throws {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        try await bench.tellStart(minutesAgo: 0, session: "first")
        for _ in 0..<3 {
            bench.pass(Lease.length / 3)
            try await registrar.renew()
        }
        let isDone = Atomic(false)
        bench.cluster.onRequest { [bench] request throws(ClusterError) in
            guard case .register(_, _, let registration) = request.statements[0],
                registration.low == Registration.idle, !isDone.exchange(true, ordering: .relaxed)
            else { return }
            // Behind this the registration is written that says that nobody is there.
            do { try await bench.tellStart(minutesAgo: 0, session: "second") } catch {
                throw ClusterError(outcome: .unknown, reason: "\(error)")
            }
        }
        bench.pass(Lease.length / 3)
        _ = bench.cluster.takeStatements()
        try await registrar.renew()
        bench.cluster.onRequest(nil)
        let made = registrations(bench.cluster.takeStatements())
        #expect(made.count == 2)
        let idle = try #require(made.first { $0.low == Registration.idle })
        let active = try #require(made.first { $0.low != Registration.idle })
        #expect(active.beat > idle.beat)
        let state = try await MonthReader(access: bench.core.access, bucket: bucket(bench)).state()
        #expect(bench.registration(in: state, bucket(bench)) == active)
        #expect(try await bench.count() == 2)
    }

    @Test func `a registration that was passed over, or replaced, is made anew`() async throws {
        for isReplaced in [false, true] {
            let bench = Workbench()
            let registrar = bench.core.writer.registrar
            try await bench.tellStart(minutesAgo: 0, session: "first")
            let reader = MonthReader(access: bench.core.access, bucket: bucket(bench))
            let known = try #require(bench.registration(in: try await reader.state(), reader.bucket))
            if isReplaced {
                var other = known
                other.low = Registration.idle
                other.beat += 1_000_000
                let process = try #require(registrar.process(of: reader.bucket))
                try await bench.core.access.write(.register(bucket: reader.bucket, process, other))
            } else {
                try await bench.core.access.write(.fenceGenerations(bucket: reader.bucket, upTo: known.low))
            }
            try await registrar.renew()
            #expect(registrar.activeBuckets.isEmpty)
            try await bench.tellStart(minutesAgo: 0, session: "second")
            let now = try #require(bench.registration(in: try await reader.state(), reader.bucket))
            #expect(now.low != Registration.idle)
            #expect(isReplaced ? now.beat > known.beat + 1_000_000 : now.low > known.low)
            #expect(try await bench.count() == 2)
        }
    }

    @Test func `a registration that is gone is made anew, under an id that nobody has written under`()
        async throws
    {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        try await bench.tellStart(minutesAgo: 0, session: "first")
        let former = try #require(registrar.process(of: bucket(bench)))
        bench.instant.truncate(["totals"])
        try await registrar.renew()
        #expect(registrar.activeBuckets.isEmpty)
        try await bench.tellStart(minutesAgo: 0, session: "second")
        #expect(registrar.process(of: bucket(bench)) != former)
        // What it had logged is covered.
        #expect(try await bench.count() == 2)
        let state = try await MonthReader(access: bench.core.access, bucket: bucket(bench)).state()
        #expect(state.registrations[former]?.low == Registration.idle)
    }

    @Test func `a registration that would have too many generations is made anew under another id`()
        async throws
    {
        for isActive in [true, false] {
            let bench = Workbench()
            let registrar = bench.core.writer.registrar
            try await bench.tellStart(minutesAgo: 0, session: "first")
            let reader = MonthReader(access: bench.core.access, bucket: bucket(bench))
            let former = try #require(registrar.process(of: reader.bucket))
            let first = try #require(try await reader.state().registrations[former])
            if !isActive { bench.pass(Lease.length) }
            let far = first.high + Registration.maximumRange
            try await bench.core.access.write(.openGeneration(bucket: reader.bucket, far - 1))
            if isActive { try await registrar.renew() }
            try await bench.tellStart(minutesAgo: 0, session: "second")
            #expect(registrar.process(of: reader.bucket) == former)
            try await bench.core.access.write(.openGeneration(bucket: reader.bucket, far))
            if isActive { try await registrar.renew() } else { bench.pass(Lease.length) }
            try await bench.tellStart(minutesAgo: 0, session: "third")
            #expect(registrar.process(of: reader.bucket) != former)
            let state = try await reader.state()
            #expect(state.registrations[former]?.first == first.first)
            #expect(bench.registration(in: state, reader.bucket)?.first == far)
            #expect(try await bench.count() == 3)
            // A flush reads what there is, however far apart it is.
            bench.pass(Lease.watch)
            var flushes = 0
            for _ in 0..<5 {
                flushes += try await bench.core.flusher.pass()
                bench.pass(Lease.watch)
            }
            #expect((1...2).contains(flushes))
            #expect(try await reader.state().unflushed().isEmpty)
            #expect(try await bench.count() == 3)
        }
    }

    @Test(.endsSomeTime) func `a month that does not answer keeps no other from being renewed`() async throws
    {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        try await bench.tellStart(minutesAgo: 0, session: "now")
        try await bench.tellStart(minutesAgo: 40 * 1_440, session: "then")
        let stuck = bucket(bench)
        let held = Mutex<[CheckedContinuation<Void, Never>]>([])
        bench.cluster.onRequest { request throws(ClusterError) in
            guard case .readState(stuck) = request.statements[0], request.isUrgent else { return }
            await withCheckedContinuation { continuation in held.withLock { $0.append(continuation) } }
        }
        bench.pass(Lease.length / 2)
        let first = Task { try await registrar.renew() }
        func isRenewed(_ book: RegistrationBook) -> Bool {
            book.expiry > Lease.length && book.renewing == nil
        }
        while held.withLock({ $0.isEmpty })
            || !registrar.books.withLock({ $0.contains { $0.key != stuck && isRenewed($0.value) } })
        {
            await Task.yield()
        }
        _ = bench.cluster.takeStatements()
        bench.pass(Lease.length * 2 / 5)
        // The month that is held is not asked for again.
        try await registrar.renew()
        let renewed = bench.cluster.takeStatements().compactMap { statement -> Int64? in
            if case .register(let bucket, _, _) = statement { bucket } else { nil }
        }
        #expect(renewed.count == 1)
        #expect(renewed != [stuck])
        bench.pass(Lease.length / 5)
        held.withLock { $0.forEach { $0.resume() } }
        bench.cluster.onRequest(nil)
        try await first.value
        // Its lease has run out meanwhile.
        #expect(registrar.activeBuckets == renewed)
    }

    @Test func `tables that are set back while a month is first registered are registered again later`()
        async throws
    {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        let failure = ClusterError(outcome: .unknown, reason: "no quorum")
        try await bench.tellStart(minutesAgo: 0, session: "first")
        bench.cluster.onRequest { request throws(ClusterError) in
            if case .register = request.statements[0] { throw failure }
        }
        await #expect(throws: (any Error).self) {
            try await bench.tellStart(minutesAgo: 50_000, session: "then")
        }
        bench.instant.truncate(["totals"])
        try await bench.core.forget()
        #expect(registrar.activeBuckets.isEmpty)
        bench.cluster.onRequest(nil)
        try await registrar.renew()
        #expect(registrar.activeBuckets == [bucket(bench)])
        #expect(try await bench.count() == 1)
    }

    @Test func `a generation that cannot be closed keeps nobody from being renewed`() async throws {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        for _ in 0...Registrar.maximumEntries { registrar.leave(try await registrar.enter(bucket(bench))) }
        bench.cluster.onRequest { request throws(ClusterError) in
            guard case .openGeneration = request.statements[0] else { return }
            throw ClusterError(outcome: .unknown, reason: "no quorum", isTransient: false)
        }
        bench.pass(Lease.length / 2)
        _ = bench.cluster.takeStatements()
        try await registrar.renew()
        #expect(registrations(bench.cluster.takeStatements()).count == 1)
        bench.cluster.onRequest(nil)
        try await registrar.renew()
        let state = try await MonthReader(access: bench.core.access, bucket: bucket(bench)).state()
        #expect(bench.registration(in: state, bucket(bench))?.high == state.open)
    }

    @Test func `a registration that alone is left of a month is made anew`() async throws {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        try await bench.tellStart(minutesAgo: 0, session: "first")
        let reader = MonthReader(access: bench.core.access, bucket: bucket(bench))
        let process = try #require(registrar.process(of: reader.bucket))
        let known = try #require(try await reader.state().registrations[process])
        // A renewal was on its way when the sums were truncated.
        bench.instant.truncate(["totals"])
        try await bench.core.access.write(.register(bucket: reader.bucket, process, known))
        try await bench.tellStart(minutesAgo: 0, session: "second")
        #expect(try await bench.count() == 0)
        try await registrar.renew()
        try await bench.tellStart(minutesAgo: 0, session: "third")
        #expect(try await bench.count() == 3)
    }

    @Test func `a month that is begun anew begins where others are registered`() async throws {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0)
        let reader = MonthReader(access: bench.core.access, bucket: bucket(bench))
        let known = try #require(bench.registration(in: try await reader.state(), reader.bucket))
        bench.instant.truncate(["totals"])
        let process = try #require(bench.core.writer.registrar.process(of: reader.bucket))
        try await bench.core.access.write(.register(bucket: reader.bucket, process, known))
        bench.clock.advance(microseconds: Microseconds.perHour)
        #expect(try await reader.begun().flushed == known.first - 1)
        #expect(try await bench.count() == 1)
    }

    @Test func `logs that cannot be looked through are looked through later, and do not hold up others`()
        async throws
    {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        try await bench.tellStart(minutesAgo: 0, session: "now")
        try await bench.tellStart(minutesAgo: 40 * 1_440, session: "then")
        let buckets = registrar.activeBuckets
        let place = Place(generation: 1, process: ProcessID(number: 1))
        for bucket in buckets { registrar.doubt([place], in: bucket) }
        let failure = ClusterError(outcome: .unknown, reason: "no quorum", isTransient: false)
        bench.cluster.onRequest { request throws(ClusterError) in
            if case .readLog(buckets[0], place) = request.statements[0] { throw failure }
        }
        _ = bench.cluster.takeStatements()
        await #expect(throws: failure) { try await bench.core.flush() }
        let looked = bench.cluster.takeStatements().compactMap { statement -> Int64? in
            if case .readLog(let bucket, place) = statement { bucket } else { nil }
        }
        #expect(looked == buckets)
        bench.cluster.onRequest(nil)
        #expect(registrar.takeDoubts() == [buckets[0]: [place]])
    }

    @Test func `a list of months that is truncated is made again`() async throws {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0)
        bench.pass(Lease.length / 2)
        try await bench.core.writer.registrar.renew()
        bench.instant.truncate(["buckets"])
        bench.pass(Lease.length / 2 + 1)
        #expect(try await bench.count() == 0)
        try await bench.core.writer.registrar.renew()
        #expect(try await bench.count() == 1)
    }

    @Test func `a process registers in the highest generation that others have`() async throws {
        let bench = Workbench()
        try await bench.tellStart(minutesAgo: 0, session: "first")
        await bench.core.writer.registrar.resign()
        let reader = MonthReader(access: bench.core.access, bucket: bucket(bench))
        let high = try await reader.state().closed + 10
        let other = Registration(first: high, low: high, high: high, beat: 1)
        try await bench.core.access.write(.register(bucket: reader.bucket, ProcessID(number: 1), other))
        try await bench.tellStart(minutesAgo: 0, session: "second")
        #expect(bench.registration(in: try await reader.state(), reader.bucket)?.high == high)
        #expect(try await bench.count() == 2)
    }

    @Test func `a process that loses its trust while it registers registers again`() async throws {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        let former = Mutex<[ProcessID]>([])
        bench.cluster.onRequest { request throws(ClusterError) in
            guard case .register(_, let process, _) = request.statements[0] else { return }
            if former.withLock({ known in
                known.append(process)
                return known.count == 1
            }) {
                registrar.distrust()
            }
        }
        try await bench.tellStart(minutesAgo: 0)
        let ids = former.withLock { $0 }
        #expect(Set(ids).count == 2)
        #expect(registrar.process(of: bucket(bench)) == ids.last)
        #expect(try await bench.count() == 1)
    }

    @Test func `a generation below one that was entered is not entered again`() async throws {
        let bench = Workbench()
        let registrar = bench.core.writer.registrar
        try await bench.tellStart(minutesAgo: 0, session: "first")
        let reader = MonthReader(access: bench.core.access, bucket: bucket(bench))
        _ = try await bench.core.flusher.flush(reader.bucket)
        try await registrar.renew()
        let high = try #require(bench.registration(in: try await reader.state(), reader.bucket)).high
        // Its month is set back, and it registers anew.
        bench.instant.truncate(["totals"])
        registrar.distrust()
        await registrar.registerAgain()
        let again = try #require(bench.registration(in: try await reader.state(), reader.bucket))
        #expect(again.high >= high)
        #expect(try await bench.count() == 1)
    }
}
