/// PostgreSQL's advisory locks that replicas agree by: numbers that nothing else in the database may lock.
enum AdvisoryLock: Int64 {
    /// Held while migrations run.
    case migration = 0x7379_6d00
    /// Held, shared, by a transaction that draws request numbers; alone, by one that needs to know the last.
    case numbers = 0x7379_6e00
    /// Held while leases are exchanged.
    case leases = 0x7379_6c00
    /// Held by the replica that plans.
    case planner = 0x7379_7000
}
