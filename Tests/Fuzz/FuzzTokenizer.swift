/// Reads the input as a tokenizer.json, and as a text for three tokenizers of all components: neither may crash, and what
/// tokenizers promise must hold.
@c(LLVMFuzzerTestOneInput)
public func fuzzTokenizer(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let input = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    let text = String(decoding: input, as: UTF8.self)
    if let tokenizer = try? Tokenizer(json: input) { check(tokenizer, "a b\u{E9} 12 \(text)") }
    require(tokenizers.count == 3, "the tokenizers below are read")
    for tokenizer in tokenizers { check(tokenizer, text) }
    return 0
}

private func check(_ tokenizer: Tokenizer, _ text: String) {
    let whole = tokenizer.encode(text)
    require(whole.ids.allSatisfy { $0 >= 0 }, "an id is a number of a row")
    require(whole.typeIDs.count == whole.ids.count, "each token has a segment")
    let short = tokenizer.encode(text, truncation: .headAndTail(6, tail: 5))
    require(short.ids.count <= max(6, whole.ids.count - whole.textTokenCount), "no more tokens than asked for")
    require(short.textTokenCount == whole.textTokenCount, "truncation knows what it left out")
}

/// One of word pieces, and two of bytes, with small vocabularies: `ab`, `##b`, and so on.
private let tokenizers = [
    """
    "model":{"type":"WordPiece","vocab":{"[UNK]":0,"[CLS]":1,"a":2,"ab":3,"##b":4,"##bc":5,"!":6,"中":7},
    "max_input_chars_per_word":20},"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},
    "post_processor":{"type":"BertProcessing","cls":["[CLS]",1],"sep":["[CLS]",1]},
    "added_tokens":[{"id":1,"content":"[CLS]","special":true,"single_word":true,"lstrip":true,"rstrip":true}]
    """,
    """
    "model":{"type":"BPE","unk_token":"?","fuse_unk":true,"vocab":{"?":0,"a":1,"b":2,"ab":3,"Ġ":4,"Ġab":5},
    "merges":["a b","Ġ ab"]},"normalizer":{"type":"NFKC"},
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},"added_tokens":[{"id":6,"content":"é"}]
    """,
    #"""
    "model":{"type":"BPE","vocab":{"a":1,"b":2,"ab":3},"merges":[["a","b"]]},
    "normalizer":{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"},
    {"type":"Replace","pattern":{"String":"ba"},"content":"ab"},{"type":"Prepend","prepend":"b"}]},
    "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"MergedWithNext"},
    {"type":"Digits"},{"type":"Split","behavior":"Isolated","pattern":{"Regex":
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
    {"type":"Whitespace"},{"type":"ByteLevel","use_regex":false}]}
    """#,
].compactMap { members in try? Tokenizer(json: Array("{\(members)}".utf8)) }
