import Foundation

/// Runs Python that nobody has read, with bubblewrap: without network, without the machine's files, within limits.
///
/// The program sees `/usr/bin`, `/usr/lib` and an empty `/tmp` in memory, in namespaces of its own for users, processes, network
/// and the rest. It is killed with all its children when its time is up, when it writes too much, or when this process dies.
/// What it can do is fail its own tests; a program that forges the last line of its output may pass them.
struct Sandbox {
    /// What became of a program.
    enum Verdict: Hashable {
        /// It ran to its end without an error.
        case passed
        /// It failed; the end of what it wrote says why.
        case failed(String)
        /// It took longer than it may.
        case timedOut
        /// It wrote more than it may.
        case wroteTooMuch
    }

    /// What a program may take.
    struct Limits {
        var seconds = 15
        var cpuSeconds = 10
        /// Of each process.
        var memoryBytes = 1 << 30
        var processes = 16
        /// Of what is in `/tmp`, and of what is written to standard output and error.
        var fileBytes = 16 << 20
        var outputBytes = 1 << 16
    }

    /// Why nothing can be run.
    struct Failure: Error {
        let message: String
    }

    private let limits: Limits
    private static let python = "/usr/bin/python3"

    /// A sandbox that has been tried.
    ///
    /// - Throws: ``Failure`` with what to do, where the machine lets none be made: then nothing is run.
    static func make(limits: Limits = Limits(), modules: [String] = []) throws(Failure) -> Sandbox {
        let sandbox = Sandbox(limits: limits)
        for (file, package) in [
            ("bwrap", "bubblewrap"), ("prlimit", "util-linux"), ("setpriv", "util-linux"), ("python3", "python3"),
        ] {
            guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(file)") else {
                throw Failure(
                    message:
                        "answers are only run in a sandbox, and /usr/bin/\(file) is missing: apt install \(package)"
                )
            }
        }
        if case .failed(let reason) = try sandbox.run("") {
            throw Failure(
                message:
                    "answers are only run in a sandbox, and none can be made here: \(reason); bubblewrap needs user namespaces "
                    + "(sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces; in Docker, a seccomp profile that lets it unshare)"
            )
        }
        for module in modules {
            guard try sandbox.run("import \(module)") == .passed else {
                throw Failure(
                    message: "the tests import \(module), which \(python) does not have: apt install python3-\(module)"
                )
            }
        }
        return sandbox
    }

    /// Runs a program to its end, or to the first limit that it meets.
    ///
    /// Blocks; the child dies with the thread that calls.
    func run(_ program: String) throws(Failure) -> Verdict {
        let mark = UUID().uuidString
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        do { try process.run() } catch {
            throw Failure(message: "bubblewrap cannot be started: \(error.localizedDescription)")
        }
        let pid = process.processIdentifier
        let alarm = DispatchWorkItem { kill(pid, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(limits.seconds), execute: alarm)
        // Off this thread: a program longer than a pipe holds is written while its output is read.
        DispatchQueue.global().async {
            // Ends with status 0 before its tests have run: the mark tells that they have.
            Console.write(Data((program + "\nprint('\\n' + '\(mark)')\n").utf8), to: input.fileHandleForWriting)
            try? input.fileHandleForWriting.close()
        }
        var written = Data()
        while written.count <= limits.outputBytes,
            let piece = try? output.fileHandleForReading.read(upToCount: 1 << 14), !piece.isEmpty
        {
            written += piece
        }
        let isTooMuch = written.count > limits.outputBytes
        if isTooMuch { kill(pid, SIGKILL) }
        process.waitUntilExit()
        // Python's own end by a signal, as for too much CPU, is bubblewrap's status.
        let isLate =
            process.terminationReason == .uncaughtSignal
            || [128 + SIGKILL, 128 + SIGXCPU].contains(process.terminationStatus)
        alarm.cancel()
        if isTooMuch { return .wroteTooMuch }
        if isLate { return .timedOut }
        let text = String(decoding: written, as: UTF8.self)
        if process.terminationStatus == 0, text.hasSuffix("\n\(mark)\n") { return .passed }
        return .failed(Self.reason(text, status: process.terminationStatus))
    }

    private static func reason(_ text: String, status: Int32) -> String {
        let last = text.split(separator: "\n").last.map(String.init) ?? ""
        return last.isEmpty ? "ended with status \(status)" : String(last.prefix(200))
    }

    private var arguments: [String] {
        // Limits on processes do not bind root, who may be who runs this.
        let nobody = geteuid() == 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        let files = [
            "--ro-bind", "/usr/bin", "/usr/bin", "--ro-bind", "/usr/lib", "/usr/lib", "--ro-bind-try", "/usr/lib64",
            "/usr/lib64",
            // Debian's numpy finds its BLAS by these links.
            "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
            "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
            "--proc", "/proc", "--dev", "/dev", "--size", "\(limits.fileBytes)", "--tmpfs", "/tmp", "--chdir", "/tmp",
        ]
        let rooms = [
            "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox",
            "--setenv", "PATH", "/usr/bin", "--setenv", "HOME", "/tmp", "--setenv", "OPENBLAS_NUM_THREADS", "1",
        ]
        let bounds = [
            "prlimit", "--cpu=\(limits.cpuSeconds)", "--as=\(limits.memoryBytes)", "--nproc=\(limits.processes)",
            "--fsize=\(limits.fileBytes)", "--nofile=64", "--core=0",
        ]
        return nobody + rooms + files + ["--"] + bounds + [Self.python, "-I", "-B", "-X", "utf8", "-"]
    }
}
