internal import Configuration
internal import Glibc
internal import Logging

/// Tells one state of a file from another without reading it.
struct FileMark: Hashable {
    private let inode: UInt
    private let bytes: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// The file at `path` as it is; `nil` if there is none.
    init?(path: String) {
        var status = stat()
        // The pointer is to the variable above, for the call alone.
        guard unsafe stat(path, &status) == 0 else { return nil }
        (inode, bytes) = (UInt(status.st_ino), Int(status.st_size))
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}

extension Policy {
    /// Where a router's weights are in its `folder`, unless that is their file itself.
    static func weightsPath(in folder: String) -> String {
        folder.hasSuffix(".safetensors") ? folder : "\(folder)/router.safetensors"
    }

    /// The files of the settings' routers as they are now, in their order; `nil` for a router that has none.
    static func routerFiles(_ settings: Settings) -> [FileMark?] {
        settings.routers.map { router in
            router.path.flatMap { FileMark(path: weightsPath(in: $0)) }
        }
    }
}

extension GatewayService {
    /// Looks for routers that were trained anew every `routing.routers_refresh_seconds`, and puts them in force; until
    /// cancelled.
    ///
    /// Training writes a file beside the old one and puts it in its place, so there is never half of one to be read.
    func watchRouters() async {
        var told = ""
        while true {
            let policy = policy
            let seconds = policy.settings.routing.routersRefreshSeconds
            do {
                // Switched off, it waits for a reload that switches it on.
                try await Task.sleep(for: .seconds(seconds > 0 ? seconds : 60))
            } catch {
                return
            }
            if seconds > 0 { await takeNewRouters(told: &told) }
        }
    }

    /// Puts routers in force whose files have changed; why they cannot be used is `told` once.
    private func takeNewRouters(told: inout String) async {
        let policy = policy
        guard Policy.routerFiles(policy.settings) != policy.routerFiles else { return told = "" }
        do throws(GatewayStartError) {
            try await refresh()
            log.notice("routers were trained anew, and are in force")
        } catch {
            let reason = "\(error)"
            guard reason != told else { return }
            told = reason
            log.error("routers were trained anew and cannot be used, the old ones stay in force: \(reason)")
        }
    }
}
