"""Make the tables of characters that TextEncoding compiles in, by asking PyPI's `tokenizers` about every character.

    pip install tokenizers==0.23.3 && python3 Tests/Tools/unicode_tables.py

writes Sources/TextEncoding/Unicode/CharacterClassData.swift and CharacterMappingData.swift. The crates below Hugging Face's
tokenizers follow different versions of Unicode (its punctuation and normal forms are years behind its lower case), and a
model was trained on what they say; so the tables are what they say, rather than one version of Unicode.
"""

import base64
import sys
import textwrap
from pathlib import Path

from tokenizers import Regex, normalizers, pre_tokenizers

OUTPUT = Path(__file__).parents[2] / "Sources/TextEncoding/Unicode"
SCALARS = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)
NFD, NFC, NFKD = normalizers.NFD(), normalizers.NFC(), normalizers.NFKD()

# One known mark of each canonical combining class.
MARKS = {
    1: 0x334, 7: 0x93C, 8: 0x3099, 9: 0x94D, 10: 0x5B0, 11: 0x5B1, 12: 0x5B2, 13: 0x5B3, 14: 0x5B4, 15: 0x5B5,
    16: 0x5B6, 17: 0x5B7, 18: 0x5B8, 19: 0x5B9, 20: 0x5BB, 21: 0x5BC, 22: 0x5BD, 23: 0x5BF, 24: 0x5C1, 25: 0x5C2,
    26: 0xFB1E, 27: 0x64B, 28: 0x64C, 29: 0x64D, 30: 0x64E, 31: 0x64F, 32: 0x650, 33: 0x651, 34: 0x652, 35: 0x670,
    36: 0x711, 84: 0xC55, 91: 0xC56, 103: 0xE38, 107: 0xE48, 118: 0xEB8, 122: 0xEC8, 129: 0xF71, 130: 0xF72,
    132: 0xF74, 202: 0x321, 214: 0x1DCE, 216: 0x31B, 218: 0x302A, 220: 0x316, 222: 0x59A, 224: 0x302E, 226: 0x1D16D,
    228: 0x5AE, 230: 0x300, 232: 0x315, 233: 0x35C, 234: 0x35D, 240: 0x345,
}  # fmt: skip


def pieces(pre_tokenizer, text):
    return len(pre_tokenizer.pre_tokenize_str(text))


def matches(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return lambda c: pieces(split, c) == 0


def bert(**flags):
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(settings | flags)).normalize_str


def class_tests():
    """What is asked of each character, in the order of CharacterClass's bits."""
    words, digits = pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)
    blanks, punctuation = pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Punctuation()
    cleaned, spaced, stripped = bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True)
    unaccented = normalizers.StripAccents().normalize_str
    return [
        matches(r"\p{L}"),
        matches(r"\p{N}"),
        matches(r"\s"),
        lambda c: pieces(words, "a" + c + "a") == 1,
        lambda c: pieces(words, c) == 0,
        lambda c: pieces(blanks, c) == 0,
        lambda c: cleaned(c) == "",
        lambda c: pieces(punctuation, "a" + c) == 2,
        lambda c: stripped(c) == "",
        lambda c: unaccented(c) == "",
        lambda c: pieces(digits, "a" + c) == 2,
        lambda c: len(spaced(c)) == 3,
    ]


def is_before(first, second):
    """Whether `first` is sorted before `second` though it comes behind it."""
    return first != second and NFD.normalize_str(chr(second) + chr(first)) == chr(first) + chr(second)


def combining_class(code):
    if NFD.normalize_str(chr(code)) != chr(code):
        return 0
    if not is_before(code, MARKS[240]):
        return 240 if is_before(MARKS[232], code) else 0
    above = min(c for c, mark in MARKS.items() if is_before(code, mark))
    return max(c for c in MARKS if c < above)


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def zigzag(number):
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def class_runs():
    """Runs of characters of one class: how many, and the class."""
    tests = class_tests()
    runs = []
    for code in range(0x110000):
        value = 0
        if not 0xD800 <= code < 0xE000:
            value = sum(1 << bit for bit, test in enumerate(tests) if test(chr(code))) | combining_class(code) << 16
        if runs and runs[-1][1] == value:
            runs[-1][0] += 1
        else:
            runs.append([1, value])
    values = sorted({value for _, value in runs})
    out = varint(len(values)) + b"".join(varint(value) for value in values)
    return out + b"".join(varint(count) + varint(values.index(value)) for count, value in runs)


def lower_case():
    lower = normalizers.Lowercase().normalize_str
    return [(code, 0, lower(chr(code))) for code in SCALARS if lower(chr(code)) != chr(code)]


def decompositions():
    """Full decompositions: kind 0 canonical, 1 canonical and composed again by NFC, 2 by compatibility."""
    entries = []
    for code in SCALARS:
        if code in HANGUL:
            continue
        c = chr(code)
        canonical, compatible = NFD.normalize_str(c), NFKD.normalize_str(c)
        if canonical != c:
            entries.append((code, 1 if NFC.normalize_str(c) == c else 0, canonical))
        if compatible != canonical:
            entries.append((code, 2, compatible))
    return entries


def mappings(entries):
    """Each entry is told by its difference from the one before."""
    out, last_code, last = varint(len(entries)), 0, []
    for code, kind, text in entries:
        scalars = [ord(c) for c in text]
        out += varint(code - last_code) + varint(len(scalars) * 4 + kind)
        for index, scalar in enumerate(scalars):
            out += zigzag(scalar - (last[index] if index < len(last) else 0))
        last_code, last = code, scalars + last[len(scalars) :]
    return out


def write(name, summary, tables):
    lines = [
        "// Made by Tests/Tools/unicode_tables.py from PyPI's tokenizers 0.23.3; not to be edited.",
        "",
        f"/// {summary}",
        f"enum {name} {{",
    ]
    for table, comment, data in tables:
        lines += [f"    /// {comment}", f'    static let {table} = """']
        text = base64.b64encode(data).decode()
        lines += ["        " + line + "\\" for line in textwrap.wrap(text, 111)]
        lines[-1] = lines[-1][:-1]
        lines += ['        """', ""]
    (OUTPUT / f"{name}.swift").write_text("\n".join(lines[:-1]) + "\n}\n")


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    write(
        "CharacterClassData",
        "The classes of all characters, as base64 of variable-length numbers.",
        [("runs", "The distinct classes, then runs: how many characters, and which class.", class_runs())],
    )
    write(
        "CharacterMappingData",
        "What characters become, as base64 of variable-length numbers.",
        [
            ("lowerCase", "Lower case, where it differs.", mappings(lower_case())),
            ("decompositions", "Full decompositions but for Hangul's.", mappings(decompositions())),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
