internal import Glibc

/// A process that writes a ledger that it shares with others.
public struct Replica: Hashable, Sendable {
    /// Its number, which no other process ever has.
    public let id: Int64
    /// What it has in common with the processes before it: the host and the spill file, which one process has at a time.
    public let name: String

    /// The name of a process that spills to `path`.
    static func name(spillingTo path: String) -> String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        var folder = [CChar](repeating: 0, count: Int(PATH_MAX))
        let isRelative = !path.hasPrefix("/") && getcwd(&folder, folder.count) != nil
        return text(host) + ":" + (isRelative ? text(folder) + "/" : "") + path
    }

    private static func text(_ bytes: [CChar]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Whose rows count.
public enum Writers: Hashable, Sendable {
    /// Everybody's.
    case everyone
    /// Those of one replica.
    case replica(Int64)
    /// Those of all others, and of whoever wrote before there were replicas.
    case allBut([Int64])

    /// The condition for a row of `table`, to be put behind others; empty where there is none.
    func condition(on table: String) -> String {
        switch self {
        case .everyone: ""
        case .replica(let id): " AND \(table).replica = \(id)"
        case .allBut(let ids):
            ids.isEmpty
                ? ""
                : " AND (\(table).replica IS NULL OR \(table).replica NOT IN (\(ids.map(String.init).joined(separator: ", "))))"
        }
    }
}
