internal import HeapModule

/// The byte-level model of GPT-2, RoBERTa and ModernBERT: the bytes of a word are merged pair by pair, best rank first.
///
/// Sennrich, Haddow and Birch, "Neural machine translation of rare words with subword units", 2016; on bytes as in Radford
/// and others, "Language models are unsupervised multitask learners", 2019, §2.2.
struct BytePairEncoding: Sendable {
    /// The id of each byte; `nil` if the vocabulary lacks it.
    private let byteIDs: [Int32?]
    /// From two ids to the rank of their merge, above, and the id of what they become, below.
    private let merges: PairTable
    /// The words whose ids need no merging: those tokens that merging their own bytes leads to.
    private var wholeWords = Trie()
    /// What stands for a byte that the vocabulary lacks; without it, such a byte is left out.
    private let unknownID: Int32?
    /// Whether one id stands for several unknown bytes in a row.
    private let fusesUnknown: Bool

    /// A model with these tokens, as bytes, and merges.
    ///
    /// - Parameters:
    ///   - tokens: Each token's bytes and id.
    ///   - merges: From two ids to rank, above, and id, below.
    ///   - unknownID: What stands for a byte that is no token.
    ///   - fusesUnknown: Whether one id stands for several such bytes in a row.
    ///   - ignoresMerges: Whether a word that is a token becomes that token, whatever its merges say.
    init(
        tokens: [(text: [UInt8], number: Int32)],
        merges: PairTable,
        unknownID: Int32?,
        fusesUnknown: Bool,
        ignoresMerges: Bool
    ) {
        var byteIDs = [Int32?](repeating: nil, count: 256)
        for token in tokens where token.text.count == 1 { byteIDs[Int(token.text[0])] = token.number }
        self.byteIDs = byteIDs
        self.merges = merges
        self.unknownID = unknownID
        self.fusesUnknown = fusesUnknown
        var work = MergeWork()
        let wholeWords = tokens.filter { token in
            var ids: [Int32] = []
            if !ignoresMerges { merge(token.text.indices, in: token.text.span, using: &work, to: &ids) }
            return ignoresMerges || ids == [token.number]
        }
        // There is room for them, since the vocabulary that they are of has been read into one.
        self.wholeWords = Trie(wholeWords) ?? Trie()
    }

    /// Appends the ids of `word`.
    ///
    /// - Complexity: O(n) for a word that is a token, else O(n log n) for n bytes.
    @inline(__always)
    func appendIDs(of word: Range<Int>, in text: Span<UInt8>, using work: inout MergeWork, to ids: inout [Int32]) {
        var node = wholeWords.root
        var id: Int32?
        for index in word {
            guard let step = wholeWords.step(from: node, text[index]) else {
                return merge(word, in: text, using: &work, to: &ids)
            }
            (node, id) = step
        }
        if let id { ids.append(id) } else { merge(word, in: text, using: &work, to: &ids) }
    }

    private func merge(_ word: Range<Int>, in text: Span<UInt8>, using work: inout MergeWork, to ids: inout [Int32]) {
        work.symbols.removeAll(keepingCapacity: true)
        var isUnknown = false
        for index in word {
            let id = byteIDs[Int(text[index])]
            if let symbol = id ?? (isUnknown && fusesUnknown ? nil : unknownID) { work.symbols.append(symbol) }
            isUnknown = id == nil
        }
        // Below this many, looking at each pair is faster than keeping them in order.
        if work.symbols.count <= 48 { mergeFew(&work) } else { mergeMany(&work) }
        ids.append(contentsOf: work.symbols)
    }

    /// The rank of the merge of two ids, above, and the id of what they become, below; all ones if there is none.
    @inline(__always)
    private func merge(of left: Int32, _ right: Int32) -> UInt64 {
        merges.value(UInt32(bitPattern: left), UInt32(bitPattern: right)) ?? .max
    }

    /// Merges the best pair, the leftmost of equals, until there is none.
    private func mergeFew(_ work: inout MergeWork) {
        guard work.symbols.count > 1 else { return }
        work.merges.removeAll(keepingCapacity: true)
        for place in 1..<work.symbols.count {
            work.merges.append(merge(of: work.symbols[place - 1], work.symbols[place]))
        }
        while true {
            var best = UInt64.max
            var place = -1
            for (index, merge) in work.merges.enumerated() where merge < best { (best, place) = (merge, index) }
            guard place >= 0 else { return }
            work.symbols[place] = Int32(truncatingIfNeeded: best)
            work.symbols.remove(at: place + 1)
            work.merges.remove(at: place)
            if place > 0 { work.merges[place - 1] = merge(of: work.symbols[place - 1], work.symbols[place]) }
            if place < work.merges.count {
                work.merges[place] = merge(of: work.symbols[place], work.symbols[place + 1])
            }
        }
    }

    /// The same with a heap: pairs that a merge has broken up are recognised when they come out of it.
    private func mergeMany(_ work: inout MergeWork) {
        let count = work.symbols.count
        let gone: Int32 = -1
        var next = Array(1...count)
        var previous = Array(-1..<count - 1)
        /// Rank above, place of the left symbol below.
        var heap = Heap<UInt64>()
        func push(_ place: Int, _ symbols: [Int32], _ next: [Int]) {
            guard next[place] < count else { return }
            let merge = merge(of: symbols[place], symbols[next[place]])
            if merge != .max { heap.insert(merge & 0xFFFF_FFFF_0000_0000 | UInt64(place)) }
        }
        for place in 0..<count { push(place, work.symbols, next) }
        while let top = heap.popMin() {
            let place = Int(top & 0xFFFF_FFFF)
            guard work.symbols[place] != gone, next[place] < count else { continue }
            let right = next[place]
            let merge = merge(of: work.symbols[place], work.symbols[right])
            guard merge != .max, merge >> 32 == top >> 32 else { continue }
            work.symbols[place] = Int32(truncatingIfNeeded: merge)
            work.symbols[right] = gone
            next[place] = next[right]
            if next[place] < count { previous[next[place]] = place }
            push(place, work.symbols, next)
            if previous[place] >= 0 { push(previous[place], work.symbols, next) }
        }
        work.symbols.removeAll { $0 == gone }
    }
}

/// Memory for merging, used again from word to word.
struct MergeWork {
    var symbols: [Int32] = []
    var merges: [UInt64] = []
}
