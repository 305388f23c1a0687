import Glibc
import Testing

@testable import Reactor

@Suite("EventLoop") struct EventLoopTests {
    let loop: EventLoop

    init() throws { loop = try EventLoop(name: "test") }

    @Test func staysOnItsThreadThroughCallsSleepsAndSiblings() async {
        let loop = loop
        let strays = await Task(executorPreference: loop) {
            var strays = 0
            for depth in 0..<20 {
                strays += await straysOfChain(depth: depth, on: loop)
                if !loop.isCurrent { strays += 1 }
            }
            return strays
        }.value
        #expect(strays == 0)
    }

    @Test func keepsChildTasksOfAGroupOnItsThread() async {
        let loop = loop
        let onLoop = await Task(executorPreference: loop) {
            await withTaskGroup(of: Bool.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        try? await loop.sleep(until: Instant.now.advanced(by: .microseconds(index * 37)))
                        return loop.isCurrent
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 } + (loop.isCurrent ? 1 : 0)
            }
        }.value
        #expect(onLoop == 51)
    }

    @Test func returnsToItsThreadFromAnotherExecutor() async {
        let loop = loop
        let isBack = await Task(executorPreference: loop) {
            let stranger = Task.detached { loop.isCurrent }
            return await !stranger.value && loop.isCurrent
        }.value
        #expect(isBack)
    }

    @Test func runsEveryJobThatOtherThreadsHandIn() async {
        let loop = loop
        let count = Shared(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        await loop.perform { count.update { $0 += loop.isCurrent ? 1 : 0 } }
                    }
                }
            }
        }
        #expect(count.value == 4000)
    }

    @Test func wakesSleepersInTheOrderOfTheirInstants() async {
        let loop = loop
        let order = Shared<[Int]>([])
        let start = Instant.now
        // Started from the loop, all of them sleep before it looks at its timers, however slow the machine is.
        await Task(executorPreference: loop) {
            await withTaskGroup(of: Void.self) { group in
                for delay in [9, 3, 7, 1, 5] {
                    group.addTask {
                        try? await loop.sleep(until: start.advanced(by: .milliseconds(delay * 3)))
                        order.update { $0.append(delay) }
                    }
                }
            }
        }.value
        #expect(order.value == [1, 3, 5, 7, 9])
        #expect(start.duration(to: .now) >= .milliseconds(27))
    }

    @Test func keepsServingDescriptorsWhileTasksKeepEachOtherBusy() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        let isDone = Shared(false)
        let spinner = Task(executorPreference: loop) {
            while !isDone.value { await Task.yield() }
        }
        let read = Task(executorPreference: loop) {
            let socket = try Socket(adopting: ours, on: loop)
            defer { socket.close() }
            return try await socket.readSome(deadline: .patience)
        }
        sendAll([1, 2, 3], to: theirs)
        #expect(try await read.value == [1, 2, 3])
        isDone.update { $0 = true }
        await spinner.value
    }

    @Test func dropsAnEventOfADescriptorClosedEarlierInTheSameTurn() async throws {
        let loop = loop
        let pairs = try (0..<3).map { _ in try makeSocketPair() }
        let strays = try await Task(executorPreference: loop) {
            let third = Recorder()
            let second = Recorder()
            let first = Recorder()
            let registration = try loop.register(pairs[1].0, for: .readable, handler: second)
            let firstRegistration = try loop.register(pairs[0].0, for: .readable, handler: first)
            // Whichever of the two comes first closes the other and gives its place to the third.
            var successor: Registration?
            let replace: (Registration, Int32) -> Void = { old, descriptor in
                guard successor == nil else { return }
                loop.unregister(old, descriptor: descriptor)
                successor = try? loop.register(pairs[2].0, for: .readable, handler: third)
            }
            first.action = { replace(registration, pairs[1].0) }
            second.action = { replace(firstRegistration, pairs[0].0) }
            sendAll([1], to: pairs[0].1)
            sendAll([1], to: pairs[1].1)
            try await loop.sleep(until: loop.now)  // a turn: descriptors come before timers
            return (min(first.count, second.count), third.count, successor == nil)
        }.value
        #expect(strays == (0, 0, false))
        for (ours, theirs) in pairs {
            close(ours)
            close(theirs)
        }
    }
}

private final class Recorder: ReadinessHandler {
    var count = 0
    var action: (() -> Void)?

    func ready(_ readiness: Readiness) {
        count += 1
        action?()
    }
}

/// How often a chain of calls finds itself on another thread than the loop's.
private func straysOfChain(depth: Int, on loop: EventLoop) async -> Int {
    var strays = loop.isCurrent ? 0 : 1
    if depth == 0 {
        try? await loop.sleep(until: Instant.now.advanced(by: .milliseconds(1)))
    } else {
        strays += await straysOfChain(depth: depth - 1, on: loop)
        await Task.yield()
    }
    return strays + (loop.isCurrent ? 0 : 1)
}
