extension QualityTask {
    /// How far two texts say the same in the same order: ROUGE-L, the harmonic mean of which shares of either's words are in
    /// their longest common subsequence.
    ///
    /// Lin, "ROUGE: a package for automatic evaluation of summaries", 2004, section 3, with equal weights. Words are letters and
    /// digits in lower case; of each text the first 4,096 count.
    ///
    /// - Returns: 0 for nothing in common, to 1 for the same words.
    /// - Complexity: O(n · m) in the numbers of words.
    public static func overlap(of answer: String, with reference: String) -> Double {
        let (left, right) = (words(answer), words(reference))
        guard !left.isEmpty, !right.isEmpty else { return 0 }
        var lengths = Array(repeating: 0, count: right.count + 1)
        for word in left {
            // The length for the texts up to the word before, of both.
            var diagonal = 0
            for (place, other) in right.enumerated() {
                let above = lengths[place + 1]
                lengths[place + 1] = word == other ? diagonal + 1 : max(above, lengths[place])
                diagonal = above
            }
        }
        return 2 * Double(lengths[right.count]) / Double(left.count + right.count)
    }

    private static func words(_ text: String) -> ArraySlice<Substring> {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(4096)
    }
}
