import Foundation
import Synchronization

/// The resolver that libcurl calls, made to wait for the names under `slow.test` until the test lets it go on.
enum SlowResolver {
    private static let names = Mutex<Set<String>>([])

    /// Whether somebody waits for `name`.
    static func isResolving(_ name: String) -> Bool { names.withLock { $0.contains(name) } }

    /// Lets whoever waits for `name` go on.
    static func release(_ name: String) { names.withLock { _ = $0.remove(name) } }

    /// Finds nothing, once the name is released or half a minute has passed.
    fileprivate static func resolve(_ name: String) -> Int32 {
        names.withLock { _ = $0.insert(name) }
        for _ in 0..<6000 where isResolving(name) { Thread.sleep(forTimeInterval: 0.005) }
        release(name)
        return EAI_NONAME
    }
}

private typealias Resolve =
    @convention(c) (UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafeRawPointer?, UnsafeMutableRawPointer?) -> Int32

/// Comes before the C library's own, as a program's public symbols do, and passes every other name on to it.
@c(getaddrinfo)
public func resolve(
    _ name: UnsafePointer<CChar>?,
    _ service: UnsafePointer<CChar>?,
    _ hints: UnsafeRawPointer?,
    _ result: UnsafeMutableRawPointer?
) -> Int32 {
    if let name = name.map({ String(cString: $0) }), name.hasSuffix(".slow.test") { return SlowResolver.resolve(name) }
    // RTLD_NEXT, a macro of a cast.
    guard let next = dlsym(UnsafeMutableRawPointer(bitPattern: -1), "getaddrinfo") else { return EAI_FAIL }
    return unsafeBitCast(next, to: Resolve.self)(name, service, hints, result)
}
