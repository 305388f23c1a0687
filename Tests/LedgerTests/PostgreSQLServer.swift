import Foundation
import PostgreSQL
import Synchronization

/// A PostgreSQL server of these tests' own, by Tests/Tools/postgresql-server; gone with this process.
final class PostgreSQLServer: Sendable {
    /// The one that tests share, started with the first; `nil` where there is no PostgreSQL to start.
    static let shared: PostgreSQLServer? = try? PostgreSQLServer()

    private struct Pipes {
        let commands: FileHandle
        let answers: FileHandle
    }

    private let words: String
    private let spare = Mutex<[PostgreSQLAddress]>([])
    // Held while a command is under way.
    private let pipes: Mutex<Pipes>

    init() throws {
        let tools = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = tools.appending(path: "Tools/postgresql-server")
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        words = try Self.line(of: output.fileHandleForReading)
        pipes = Mutex(Pipes(commands: input.fileHandleForWriting, answers: output.fileHandleForReading))
    }

    /// Has the server crash, or start again.
    func command(_ word: String) throws {
        try pipes.withLock { pipes in
            try pipes.commands.write(contentsOf: Data((word + "\n").utf8))
            guard try Self.line(of: pipes.answers) == "ok" else { throw CocoaError(.fileReadUnknown) }
        }
    }

    /// A database that nobody else has, empty: one that was given back, as a new one is 300 files.
    func takeDatabase() throws -> PostgreSQLAddress {
        if let address = spare.withLock({ $0.popLast() }) {
            // Whoever had it may still be connected.
            try PostgreSQLConnection(to: address).run(
                """
                SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid();
                DROP SCHEMA public CASCADE;
                CREATE SCHEMA public;
                """
            )
            return address
        }
        let name = "ledger_" + UUID().uuidString.replacing("-", with: "").lowercased()
        try PostgreSQLConnection(to: PostgreSQLAddress(url: words, password: nil)).run("CREATE DATABASE \(name)")
        return PostgreSQLAddress(url: words.replacing("dbname=postgres", with: "dbname=\(name)"), password: nil)
    }

    func giveBack(_ address: PostgreSQLAddress) {
        spare.withLock { $0.append(address) }
    }

    private static func line(of handle: FileHandle) throws -> String {
        var bytes: [UInt8] = []
        while let byte = try handle.read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        throw CocoaError(.fileReadUnknown)
    }
}
