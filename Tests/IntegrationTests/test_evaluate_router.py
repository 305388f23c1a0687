"""What `evaluate router` prints and draws of routers side by side, on outcomes that make trouble where they can."""

import json
import re
import subprocess
import xml.etree.ElementTree

import pytest

from harness.gateway import SWITCHYARD

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
# Names that a page may not take for its own words.
WEAK, STRONG, PLAIN = "</text><script>alert(1)</script>", 'strong & "dear"', "plain'"
PRICES = {WEAK: 1, STRONG: 10, PLAIN: 3}


def outcomes(count):
    """Every third prompt is too hard for the weak model, and looks so."""
    for number in range(count):
        hard = number % 3 == 0
        prompt = f"Prove that {number} + {7 * number} is even; why?" if hard else f"What colour is thing {number}, in one word?"
        scores = {WEAK: float(not hard), STRONG: 1.0, PLAIN: float(number % 2)}
        yield {"id": number, "prompt": prompt, "scores": scores}


def points(line, plane):
    """A line's points in the units of its axes, of which the labels give two each."""
    (x0, x1, left, right), (y0, y1, bottom, top) = plane
    pairs = [map(float, pair.split(",")) for pair in line.get("points").split()]
    return [(x0 + (x1 - x0) * (x - left) / (right - left), y0 + (y1 - y0) * (y - bottom) / (top - bottom)) for x, y in pairs]


def plane(svg):
    """For each axis the lowest and the highest label's number, and where it stands."""
    labels = [text for text in svg.iter(f"{SVG}text") if re.fullmatch(r"-?[0-9.]+", text.text or "")]
    across = sorted((float(text.text), float(text.get("x"))) for text in labels if text.get("text-anchor") == "middle")
    # A label's line of writing is four below the line that it names.
    up = sorted((float(text.text), float(text.get("y")) - 4) for text in labels if text.get("text-anchor") == "end")
    return [(axis[0][0], axis[-1][0], axis[0][1], axis[-1][1]) for axis in (across, up)]


def area(line):
    return sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in zip(line, line[1:]))


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory):
    """What was printed, and the page."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "a<b>&.jsonl").write_text("\n".join(map(json.dumps, outcomes(90))))
    (folder / "prices.json").write_text(json.dumps(PRICES))
    command = [SWITCHYARD, "evaluate", "router", "a<b>&.jsonl", "--router", "lexical,random", "--folds", "2"]
    command += ["--pair", f"{WEAK},{STRONG}", "--prices", "prices.json", "--html", "page.html"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=True)
    return result.stdout, (folder / "page.html").read_text()


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["--prices", "nosuch.json"], 1, "nosuch.json can't be read"),
        (["--prices", "o.jsonl"], 1, "an object {model: price} of two models or more"),
        (["--prices", "one.json"], 1, "an object {model: price} of two models or more"),
        (["--prices", "negative.json"], 1, "prices from 0 on"),
        (["--leave-task-out"], 64, "no two values of task"),
        (["--feedback", "0,10"], 64, "no two values of task"),
        (["--pair", f"{WEAK},nobody"], 1, "no row has a score of the model nobody"),
        (["--router", "nosuch"], 64, "no router"),
    ],
)
def test_what_is_wrong_is_said(arguments, code, said, tmp_path):
    (tmp_path / "o.jsonl").write_text("\n".join(map(json.dumps, outcomes(60))))
    (tmp_path / "one.json").write_text(json.dumps({WEAK: 1}))
    (tmp_path / "negative.json").write_text(json.dumps({WEAK: 1, STRONG: -1}))
    command = [SWITCHYARD, "evaluate", "router", "o.jsonl", "--router", "lexical", *arguments]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert result.returncode == code and said in result.stderr, result.stderr


def test_the_page_loads_nothing_and_runs_nothing(evaluation):
    _, text = evaluation
    assert "http" not in text.replace("http://www.w3.org/", "") and "@import" not in text and "url(" not in text
    page = xml.etree.ElementTree.fromstring(text.split("\n", 1)[1])
    names = {element.tag for element in page.iter()}
    assert not names & {f"{space}{tag}" for space in (HTML, SVG) for tag in ("script", "link", "img", "image", "iframe", "a", "use")}
    assert not [name for element in page.iter() for name in element.keys() if name.startswith("on") or name in ("src", "href")]
    # What looked like markup is a name.
    assert page.find(f".//{HTML}h1").text == "lexical,random on a<b>&.jsonl"
    assert f"{WEAK} to {STRONG}" in [caption.text for caption in page.iter(f"{HTML}figcaption")]


def test_figures_of_the_page_are_those_that_were_printed(evaluation):
    printed, text = evaluation
    page = xml.etree.ElementTree.fromstring(text.split("\n", 1)[1])
    routers = [block.split("\n")[0] for block in printed.split("router: ")[1:]]
    rows = [[cell.text for cell in row] for row in page.iter(f"{HTML}tr")]
    assert rows[0] == ["router", "lexical", "random"] and routers == ["lexical", "random"]
    for row in rows[1:]:
        for cell in row[1:]:
            assert f"  {row[0]}: {cell}\n" in printed
    titles = [row[0] for row in rows]
    for title in (f"APGR {WEAK} → {STRONG}", "CPT50", "CPT80", "AIQ", "accuracy", "saved", "ECE", "Brier"):
        assert title in titles
    for note in page.iter(f"{HTML}li"):
        assert f"{note.text}\n" in printed


def test_lines_of_the_page_are_what_outcomes_say(evaluation):
    _, text = evaluation
    page = xml.etree.ElementTree.fromstring(text.split("\n", 1)[1])
    pair, pool = page.iter(f"{SVG}svg")
    table = {row[0].text: [cell.text for cell in row][1:] for row in page.iter(f"{HTML}tr")}
    lines = {line.find(f"{SVG}title").text: points(line, plane(pair)) for line in pair.iter(f"{SVG}polyline")}
    assert set(lines) == {"lexical", "random", "random, from always weak to always strong", "oracle"}
    for name, cell in zip(("lexical", "random"), table[f"APGR {WEAK} → {STRONG}"]):
        assert area(lines[name]) == pytest.approx(float(cell.split(" ")[0]), abs=0.01)
    # Hard prompts are told from the others by their looks; the oracle has recovered all with the third that is hard.
    assert area(lines["lexical"]) == pytest.approx(area(lines["oracle"]), abs=0.01)
    assert area(lines["oracle"]) == pytest.approx(5 / 6, abs=0.01)
    assert [y for x, y in lines["oracle"] if x > 0.35] == pytest.approx([1] * 65, abs=0.01)

    lines = {line.find(f"{SVG}title").text: points(line, plane(pool)) for line in pool.iter(f"{SVG}polyline")}
    assert set(lines) == {"lexical", "random", "zero router: single models", "oracle"}
    ends = [pytest.approx((1, 2 / 3), abs=0.05), pytest.approx((10, 1), abs=0.05)]
    assert [lines["zero router: single models"][place] for place in (0, -1)] == ends
    # Right wherever one of the two cheaper models is; a sixth of the prompts needs the dear one.
    assert lines["oracle"][-1] == pytest.approx((4 / 6 * 1 + 1 / 6 * 3 + 1 / 6 * 10, 1), abs=0.05)
    assert table["accuracy"][0].startswith("1.000")
