public import Configuration
public import Ledger

extension GatewayConfiguration {
    /// Where the ledger is, with the password that the environment holds.
    public var ledgerLocation: LedgerLocation { LedgerLocation(settings.ledgerName, password: ledgerPassword) }
}
