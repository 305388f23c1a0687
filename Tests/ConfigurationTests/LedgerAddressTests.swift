import Configuration
import Testing

/// What `ledger.url` may say: where the database is, and never how to get in.
@Suite struct LedgerAddressTests {
    @Test(arguments: [
        "postgresql://gateway@db.example:5432/ledger", "postgres:///ledger?host=/run/postgresql",
        "postgresql://[::1]/ledger?sslmode=verify-full", "postgresql://one,two/ledger?target_session_attrs=read-write",
    ])
    func takesWhatLibpqTakes(url: String) {
        #expect(settingsProblems("ledger: { url: '\(url)' }") == [])
    }

    @Test(arguments: [
        "postgresql://gateway:hunter2@db/ledger", "postgresql://db/ledger?password=hunter2",
        "postgresql://db/ledger?sslmode=verify-full&sslpassword=hunter2",
    ])
    func refusesAPasswordWithoutRepeatingIt(url: String) {
        let problems = settingsProblems("ledger: { url: '\(url)' }")
        #expect(problems.map(\.keyPath) == ["ledger.url"])
        #expect(problems.allSatisfy { $0.message.contains("password_variable") && !"\($0)".contains("hunter2") })
    }

    @Test(arguments: ["db/ledger", "mysql://db/ledger", "postgresql://db /ledger", ""])
    func refusesWhatIsNoAddress(url: String) {
        #expect(settingsProblems("ledger: { url: '\(url)' }").map(\.keyPath) == ["ledger.url"])
    }
}
