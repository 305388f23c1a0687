/// A price list that requests were charged by.
public struct UsedPriceList: Hashable, Sendable {
    /// Its place among all, from 1.
    public let number: Int64
    /// Its name in the rows of requests.
    public let version: String
    /// The Unix millisecond from which on it was first in force.
    public let firstUsedUnixMilliseconds: Int64
    /// What it charged, JSON.
    public let prices: String
}

extension ControlStore {
    private static let columns = "number, version, first_used_unix_ms, prices"

    /// Keeps what the price list `version` charges, JSON, unless it is known; blocks until it is on the disk.
    public func keepPrices(_ prices: String, version: String, at now: Int64) throws(ControlError) {
        try performNow { database in
            try database.execute(
                """
                INSERT INTO price_list (version, first_used_unix_ms, prices) VALUES (?, ?, ?) \
                ON CONFLICT (version) DO NOTHING
                """,
                [.text(version), .integer(now), .text(prices)]
            )
        }
    }

    /// Up to `limit` price lists, latest first, from the one before `number` on; `nil` begins with the last one.
    public func priceLists(limit: Int, before number: Int64?) async throws(ControlError) -> [UsedPriceList] {
        try await perform { database in
            let sql = "SELECT \(Self.columns) FROM price_list WHERE number < ? ORDER BY number DESC LIMIT ?"
            return try database.rows(sql, [.integer(number ?? .max), .integer(Int64(max(limit, 0)))], Self.priceList)
        }
    }

    /// The price list `version`, if it was ever in force.
    public func priceList(_ version: String) async throws(ControlError) -> UsedPriceList? {
        try await perform { database in
            let sql = "SELECT \(Self.columns) FROM price_list WHERE version = ?"
            return try database.rows(sql, [.text(version)], Self.priceList).first
        }
    }

    private static func priceList(_ columns: inout ColumnReader) -> UsedPriceList {
        UsedPriceList(
            number: columns.integer(),
            version: columns.text(),
            firstUsedUnixMilliseconds: columns.integer(),
            prices: columns.text()
        )
    }
}
