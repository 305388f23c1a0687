internal import Glibc

/// How many descriptors this process may have open: each connection takes one (RLIMIT_NOFILE).
///
/// Systems start a process with 1,024 for the sake of programs that use `select`, and let it ask for more.
public enum DescriptorLimit {
    /// Asks for as many as this process may have, and returns how many those are.
    public static func raise() -> UInt64 {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return UInt64(setrlimit(resource, &limit) == 0 ? limit.rlim_cur : before)
    }
}
