internal import Domain
internal import Foundation

/// The price list that settings name, and the last good one beside the ledger, to which it is held.
enum PriceFile {
    /// A list is a megabyte or two.
    private static let bytesMax = 64 << 20

    /// Reads and vets the list; `nil` if settings name none, or it cannot be read and there is no last good one.
    ///
    /// What is refused of the models in `registry` is a warning, and so is a file of which nothing can be used as long as
    /// there is a last good one.
    static func read(
        _ settings: Settings,
        _ registry: Registry,
        at place: Place,
        into report: inout Report
    ) -> PriceList? {
        guard let path = settings.prices.file else { return nil }
        let place = place["prices"]["file"]
        let last = try? list(at: settings.lastGoodPricesPath)
        do throws(PriceListError) {
            let list = try list(at: path).vetted(against: last, factorMax: settings.prices.changeFactorMax)
            let names = Set(registry.entries.map(\.model).flatMap(list.names))
            for refusal in list.refusals where names.contains(refusal.model) {
                let kept = list.models[refusal.model] == nil ? "the registry's price" : "the last good price"
                report.warning(at: place, "\(path): \(refusal)", fix: "\(kept) stays in force")
            }
            return list
        } catch {
            guard let last else {
                report.error(at: place, "\(path) \(error)", fix: "mend it, or leave it out to charge by the registry")
                return nil
            }
            report.warning(at: place, "\(path) \(error)", fix: "the last good list stays in force")
            return last
        }
    }

    /// The list in the file at `path`.
    static func list(at path: String) throws(PriceListError) -> PriceList {
        let data: Data
        do {
            data = try FileHandle(forReadingFrom: URL(filePath: path)).read(upToCount: bytesMax) ?? Data()
        } catch {
            throw .unreadable((error as NSError).localizedDescription)
        }
        return try PriceList(json: Array(data))
    }
}

extension PriceList {
    /// Reads the file at `path`.
    ///
    /// - Throws: ``PriceListError``.
    public init(path: String) throws(PriceListError) { self = try PriceFile.list(at: path) }
}

extension Settings {
    /// Where the last price list that was in force is kept.
    public var lastGoodPricesPath: String { "\(stateDirectory)/prices.last-good.json" }
}

extension GatewayConfiguration {
    /// Keeps the price list that is in force as the last good one, unless that is kept already.
    ///
    /// For a process that charges by it; a command that only looks at the configuration keeps nothing.
    public func keepPrices() throws {
        guard let text = priceList?.json else { return }
        let (path, data) = (settings.lastGoodPricesPath, Data(text.utf8))
        guard (try? Data(contentsOf: URL(filePath: path))) != data else { return }
        try FileManager.default.createDirectory(atPath: settings.stateDirectory, withIntermediateDirectories: true)
        try data.write(to: URL(filePath: path), options: .atomic)
    }
}
