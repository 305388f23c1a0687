"""`switchyard forecast` reads files as they are, says what is wrong with them, and writes what programs can read."""

import csv
import io
import json
import math
import subprocess
import xml.etree.ElementTree
from datetime import datetime, timedelta

import pytest

from harness.gateway import SWITCHYARD


def forecast(folder, *arguments):
    return subprocess.run([SWITCHYARD, "forecast", *arguments], cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture
def trace(tmp_path):
    """Five weeks of days and nights, with an hour missing."""
    start = datetime(2023, 1, 2)
    lines = ["ds,y"]
    for hour in range(24 * 35):
        if hour != 100:
            lines.append(f"{start + timedelta(hours=hour)},{1000 + 500 * math.sin(hour / 24 * 2 * math.pi):.1f}")
    (tmp_path / "trace.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_it_forecasts_what_repeats_itself(trace):
    answer = forecast(trace, "trace.csv", "--horizon", "48", "--format", "json", "--backtest-days", "2")
    assert answer.returncode == 0, answer.stderr
    assert "1 of 840 hours had no value" in answer.stderr
    report = json.loads(answer.stdout)
    assert len(report["forecast"]) == 48
    assert report["forecast"][0]["hour"] == "2023-02-06T00:00Z"
    for hour, line in enumerate(report["forecast"]):
        assert abs(line["expected"] - (1000 + 500 * math.sin(hour / 24 * 2 * math.pi))) < 20
        assert line["p10"] <= line["p90"]
    rows = {(row["method"], row["hours_ahead"]): row for row in report["backtest"]}
    assert rows["combined", 24]["wape"] < 2
    assert {"naive-24", "ridge", "additive"} <= {method for method, _ in rows}


def test_tables_and_a_page(trace):
    answer = forecast(trace, "trace.csv", "--horizon", "30", "--format", "csv", "--backtest-days", "0", "--report", "page.html")
    assert answer.returncode == 0, answer.stderr
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert len(rows) == 30 and float(rows[0]["expected"]) > 0
    page = xml.etree.ElementTree.parse(trace / "page.html")
    assert len(page.findall(".//{http://www.w3.org/2000/svg}svg")) == 2
    text = forecast(trace, "trace.csv", "--horizon", "24", "--backtest-days", "1").stdout
    assert "Backtest:" in text and "combined" in text


def test_a_forecast_is_made_once(trace):
    arguments = ["trace.csv", "--backtest-days", "0", "--format", "csv", "--cache", "kept"]
    first = forecast(trace, *arguments)
    (file,) = (trace / "kept").iterdir()
    assert forecast(trace, *arguments).stdout == first.stdout
    file.write_bytes(file.read_bytes()[:-5])
    assert forecast(trace, *arguments).stdout == first.stdout
    assert forecast(trace, *arguments, "--method", "additive").stdout != first.stdout
    assert len(list((trace / "kept").iterdir())) == 2


@pytest.mark.parametrize(
    "text, arguments, complaint",
    [
        (None, [], "expected a CSV file at x.csv: there is no such file"),
        ("ds,y\n2023-01-01 00:00,1\n2023-01-01 01:00,-1\n", [], "x.csv:3: -1 is below 0.0"),
        ("ds,y\n2023-01-01 00:00,1\n", ["--column", "z"], "x.csv:1: no column is called z; there are: ds, y"),
        ("ds,y\n2023-01-01 00:00,1\n", ["--time-zone", "Mars/Olympus"], "there is no time zone Mars/Olympus"),
        ("ds,y\n", [], "x.csv has no value in any hour"),
        ("ds,y\n2023-01-01 00:00,1e300\n", [], "x.csv:2: 1e300 is beyond 1e15"),
        ("ds,y\n2023-01-01 00:00,1\n", ["--report", "no/page.html"], "can't write no/page.html: "),
    ],
)
def test_it_says_what_is_wrong(tmp_path, text, arguments, complaint):
    if text is not None:
        (tmp_path / "x.csv").write_text(text)
    answer = forecast(tmp_path, "x.csv", *arguments)
    assert answer.returncode == 1
    assert complaint in answer.stderr
    assert answer.stdout == "" or "--report" in arguments
    (tmp_path / "folder.csv").mkdir()
    assert "expected a CSV file at folder.csv: it is a folder" in forecast(tmp_path, "folder.csv").stderr


def test_arguments_are_checked(tmp_path):
    for arguments in (["--horizon", "0"], ["--backtest-days", "-1"], ["--growth", "up"], ["--growth", "logistic"]):
        assert forecast(tmp_path, "daily_e6", *arguments).returncode == 64


def test_made_up_demand_holidays_and_short_histories(tmp_path):
    assert forecast(tmp_path, "daily_e6", "--backtest-days", "0").returncode == 0
    (tmp_path / "holidays.csv").write_text("ds,holiday\n2023-01-01,new year\n")
    (tmp_path / "short.csv").write_text("hour,y\n0,5\n1,7\n")
    answer = forecast(tmp_path, "short.csv", "--format", "csv", "--horizon", "2")
    # Less than a day: its mean.
    assert answer.returncode == 0 and "1970-01-05T02:00Z,6.0" in answer.stdout
    arguments = ["--method", "additive", "--holidays", "holidays.csv", "--growth", "flat", "--backtest-days", "0"]
    assert forecast(tmp_path, "static_e3", *arguments).returncode == 0
    (tmp_path / "holidays.csv").write_text("ds,holiday\nnew year,new year\n")
    answer = forecast(tmp_path, "static_e3", *arguments)
    assert answer.returncode == 1 and "holidays.csv:2: no day such as 2023-12-25" in answer.stderr
