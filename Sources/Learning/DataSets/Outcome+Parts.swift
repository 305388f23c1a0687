extension Array<Outcome> {
    /// For each outcome which of at most `count` parts it belongs to: those of its fold, put together.
    ///
    /// Data whose lines name one fold, or nearly all the same, would leave nothing to learn from beside a part: then texts
    /// decide, as they do where no fold is named.
    ///
    /// - Parameters:
    ///   - count: How many parts there are at most; 1 or more.
    ///   - shareMax: A part with a greater share of the outcomes is too large.
    /// - Returns: A part for each outcome, from 0 to below `count`.
    func parts(_ count: Int, shareMax: Double) -> [Int] {
        let parts = map { $0.fold % count }
        let largest = Dictionary(grouping: parts) { $0 }.values.map(\.count).max() ?? 0
        guard Double(largest) > shareMax * Double(self.count) else { return parts }
        return map { $0.foldOfText % count }
    }
}
