"""Routers for data of one's own, and prompts scored by them and by anybody's classifiers, as a program on a pipe sees it."""

import json
import pathlib
import subprocess

import pytest

from harness.gateway import SWITCHYARD

FIXTURES = pathlib.Path(__file__).parents[1] / "Fixtures/encoders"
TOPICS = ["rain", "snow", "wind", "fog", "hail", "ice", "the sun", "the moon", "a river", "an old road"]


def score(router, models, lines, *arguments, cwd=None):
    """What became of the lines, and how the command ended."""
    command = [SWITCHYARD, "evaluate", "score", "--router", str(router), "--models", models, *arguments]
    text = lines if isinstance(lines, bytes) else "\n".join(map(json.dumps, lines)).encode()
    result = subprocess.run(command, input=text, capture_output=True, timeout=120, cwd=cwd)
    return [json.loads(line) for line in result.stdout.splitlines()], result


def outcomes(count):
    """Poems, sums, and simple questions, with all that a line may have and without some of it."""
    for number in range(count):
        topic = TOPICS[number // 3 % len(TOPICS)]
        task, prompt = [
            ("poem", f"Write a poem about {topic} for my friend, with {number} lines at most."),
            ("sum", f"How much is {number} + {7 * number} ? Give the number of {topic} only."),
            ("simple", f"What colour is {topic}, in one word?"),
        ][number % 3]
        good = {"poem": ["poet"], "sum": ["prover"], "simple": ["poet", "prover", "small"]}[task]
        line = {"id": number, "prompt": prompt, "scores": {name: float(name in good) for name in ("poet", "prover", "small")}}
        if number % 2:
            line |= {"task": task, "fold": number % 10, "output_tokens": {"poet": 100 + number, "prover": 50, "small": 10}}
        if number % 5 == 0:
            line["scores"].pop("small")
        yield line


@pytest.mark.timeout(240)
def test_a_router_is_fitted_to_other_data_and_scores(tmp_path):
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, outcomes(90))))
    fit = [SWITCHYARD, "evaluate", "fit", "--train", "train.jsonl", "--out", "mine", "--licence", "CC0-1.0"]
    subprocess.run(fit, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    assert json.loads((tmp_path / "mine/manifest.json").read_text())["rows"] == 90
    prompts = [
        {"id": "a", "prompt": "Write a poem about tides for my friend, with 12 lines at most."},
        {"id": 7, "prompt": "How much is 12 + 84 ? Give the number of tides only."},
        {"prompt": "What colour is the sea, in one word?"},
    ]
    lines, result = score("mine", "poet,prover,small,stranger=0.3", prompts, cwd=tmp_path)
    assert result.returncode == 0 and [line["id"] for line in lines] == ["a", "7", ""]
    poem, total, simple = (line["score"] for line in lines)
    assert all(list(line["score"]) == ["poet", "prover", "small", "stranger"] for line in lines)
    assert poem["poet"] > 0.7 > 0.4 > poem["prover"] and total["prover"] > 0.7 > 0.4 > total["poet"]
    assert simple["small"] > poem["small"] and simple["small"] > total["small"]
    assert all(0 <= value <= 1 for line in lines for value in line["score"].values())
    # Where lengths were told, they are foreseen; of a stranger nothing is known.
    assert lines[0]["output_tokens"]["poet"] > lines[0]["output_tokens"]["prover"] > 20
    assert "stranger" not in lines[0]["output_tokens"]
    assert all(line["encode_ms"] >= 0 and 0 <= line["confidence"] <= 1 for line in lines)


@pytest.mark.timeout(240)
def test_what_others_write_is_learned_from(tmp_path):
    """One fold for all, gaps as null, truth for scores, names beyond ASCII: the same is learned, and measured."""
    lines = []
    for line in outcomes(90):
        scores = {f"模型 {name}": bool(score) for name, score in line["scores"].items()}
        lines.append({"id": "same", "prompt": line["prompt"], "scores": scores, "fold": 0, "task": None, "output_tokens": None})
    (tmp_path / "train.jsonl").write_text("\ufeff" + "\r\n".join(map(json.dumps, lines)))
    fit = [SWITCHYARD, "evaluate", "fit", "--train", "train.jsonl", "--out", "mine"]
    subprocess.run(fit, cwd=tmp_path, check=True, capture_output=True, timeout=180)
    prompts = [
        {"prompt": "Write a poem about tides for my friend, with 12 lines at most."},
        {"prompt": "How much is 12 + 84 ? Give the number of tides only."},
    ]
    (poem, total), result = score("mine", "模型 poet,模型 prover", prompts, cwd=tmp_path)
    assert result.returncode == 0
    assert poem["score"]["模型 poet"] > 0.7 > 0.4 > poem["score"]["模型 prover"]
    assert total["score"]["模型 prover"] > 0.7 > 0.4 > total["score"]["模型 poet"]
    command = [SWITCHYARD, "evaluate", "router", "train.jsonl", "--folds", "2", "--pair", "模型 small,模型 poet"]
    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=180).stdout
    assert float(printed.split("APGR 模型 small → 模型 poet: ")[1].split(" ")[0]) > 0.6


@pytest.mark.parametrize("family", ["bert", "distilbert", "roberta", "modernbert"])
def test_any_sequence_classifier_scores(family):
    """What transformers made of the same texts, and tiers by labels."""
    folder = FIXTURES / f"{family}-labels"
    golden = json.loads((folder / "golden.json").read_text())
    labels = [name for _, name in sorted(json.loads((folder / "config.json").read_text())["id2label"].items())]
    prompts = [{"id": number, "prompt": text["text"]} for number, text in enumerate(golden)]
    plain, result = score(folder, "weak=0.3,strong=0.9", prompts, "--tokens-max", "32")
    assert result.returncode == 0 and "no label has a tier" in result.stderr.decode()
    for line, text in zip(plain, golden, strict=True):
        shares = [value / sum(text["probabilities"]) for value in text["probabilities"]]
        best = max(shares)
        assert line["class"] == labels[shares.index(best)] and line["confidence"] == pytest.approx(best, abs=1e-4)
        assert line["score"] == pytest.approx({"weak": 0.3, "strong": 0.9})
    tiers = ["light", "medium", "heavy"]
    arguments = [word for label, tier in zip(labels, tiers * 2) for word in ("--label", f"{label}={tier}")]
    lines, _ = score(folder, "weak=0.3,strong=0.9", prompts, "--tokens-max", "32", *arguments)
    for line, text in zip(lines, golden, strict=True):
        shares = [value / sum(text["probabilities"]) for value in text["probabilities"]]
        # The demand of a tier is the power that a model's quality is raised to.
        expected = sum(share * 0.3 ** {"light": 0.25, "medium": 1, "heavy": 2}[tier] for share, tier in zip(shares, tiers * 2))
        assert line["score"]["weak"] == pytest.approx(expected, abs=1e-4)


BAD = [
    (b"nonsense", "expected a JSON object"),
    (b"[1]", "expected a JSON object"),
    (b'{"id":"x"}', "there is no prompt"),
    (b'{"id":"x","prompt":5}', "the prompt is not a string"),
    (b'{"id":"x","prompt":null}', "the prompt is not a string"),
    (b'{"id":"x","prompt":"a\\ud800b"}', "lone surrogate"),
    (b'{"id":"\\udc00","prompt":"a"}', "lone surrogate"),
    (b'{"id":"x","prompt":"\xff\xfe"}', "invalid UTF-8"),
    (b'{"id":"x","prompt":"a\x00b"}', "unescaped control character"),
    (b'{"id":"x","prompt":"a"', "ends early"),
    (b'{"prompt":"' + b"a" * (17 << 20) + b'"}', "more than 16777216 bytes"),
    (b"[" * 100_000, "JSON"),
    (bytes(range(256)).replace(b"\n", b""), "expected a JSON object"),
]  # fmt: skip


def test_bad_lines_are_told_and_the_others_scored():
    good = b'{"id":"%d","prompt":"What colour is the sea?"}'
    text = b"\r\n \n".join(line for number, (bad, _) in enumerate(BAD) for line in (bad, good % number))
    lines, result = score("lexical", "a,b=0.9", text)
    assert result.returncode == 1 and len(lines) == 2 * len(BAD)
    for number, (_, said) in enumerate(BAD):
        assert said in lines[2 * number]["error"] and f"line {4 * number + 1}:" in lines[2 * number]["error"]
        assert lines[2 * number + 1]["id"] == str(number) and lines[2 * number + 1]["score"]["b"] > 0.5
    assert lines[4]["id"] == "x"


@pytest.mark.parametrize("router", ["lexical", FIXTURES / "bert-labels", FIXTURES / "modernbert-labels"], ids=["words", "bert", "modern"])
def test_any_text_has_a_score(router):
    prompts = ["", "a" * (1 << 20), "word " * 200_000, "\u0000\u0001\U0010ffff" * 50_000, "😀" * 200_000]
    lines, result = score(router, "a=0.4,b=0.9", [{"id": number, "prompt": prompt} for number, prompt in enumerate(prompts)])
    assert result.returncode == 0 and [line["id"] for line in lines] == ["0", "1", "2", "3", "4"]
    assert all(0 <= value <= 1 for line in lines for value in line["score"].values())


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["--router", "nosuch", "--models", "a"], 64, "neither a router's folder"),
        (["--router", str(FIXTURES / "bert"), "--models", "a"], 64, "no head for classes"),
        (["--router", str(FIXTURES / "bert-labels"), "--models", "a", "--label", "easy=light"], 64, "middling has no tier"),
        (["--router", str(FIXTURES / "bert-labels"), "--models", "a", "--label", "eesy=light"], 64, "no label eesy"),
        (["--router", str(FIXTURES / "bert-labels"), "--models", "a", "--label", "easy=small"], 64, "is not LABEL=TIER"),
        (["--router", "lexical", "--models", "a=2"], 64, "not NAME=QUALITY"),
        (["--router", "lexical", "--models", ","], 64, "names at least one"),
    ],
)
def test_what_is_wrong_is_said(arguments, code, said):
    result = subprocess.run([SWITCHYARD, "evaluate", "score", *arguments], input=b"", capture_output=True, timeout=60)
    assert result.returncode == code and said in result.stderr.decode(), result.stderr
