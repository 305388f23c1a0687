"""`switchyard plan` by the command itself: what it is given, what it says is wrong, and the page that it draws."""

import csv
import io
import json
import math
import os
import re
import subprocess
import xml.etree.ElementTree
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from harness.gateway import SWITCHYARD

CONFIG = Path(__file__).parents[2] / "Config" / "plan"
HOURS = 72
SVG = "{http://www.w3.org/2000/svg}"


def bought(*tiers):
    """A fleet of tiers that are bought; each is given as YAML."""
    return ["fleet=bought", "fleet.tiers=[" + ", ".join(f"{{{tier}}}" for tier in tiers) + "]"]


def boxes(count):
    """So many machines for two tiers."""
    machine = f"{{name: box, requests_per_hour: [1000, 400], kilowatts: [1, 1], count_max: {count}}}"
    return bought("name: low, quality: 0", "name: high, quality: 1") + [f"fleet.machines=[{machine}]"]


LOW, HIGH = "name: low, quality: 0, kwh_per_request: 0.001", "name: high, quality: 1, kwh_per_request: 0.01"


class Plans:
    """A folder with a grid and a trace of three days, and the command run in it."""

    def __init__(self, folder):
        self.folder = folder
        hours = [datetime(2023, 1, 2) + timedelta(hours=hour) for hour in range(HOURS)]
        self.grid = {f"{hour}": 300 + 200 * math.cos(hour.hour / 24 * 2 * math.pi) for hour in hours}
        self.demand = [(f"{hour}", 900 + 600 * math.sin(hour.hour / 24 * 2 * math.pi)) for hour in hours]

    def write(self):
        header = "Datetime (UTC),Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA),Data Estimated\n"
        lines = [f"{hour},{grams},{grams},0\n" for hour, grams in self.grid.items()]
        (self.folder / "XX_2023_hourly.csv").write_text(header + "".join(lines))
        (self.folder / "trace.csv").write_text("ds,y\n" + "".join(f"{hour},{count}\n" for hour, count in self.demand))

    def command(self, *overrides, options=()):
        common = ["region=XX", "year=2023", "requests_dataset=trace", "requests_mean=900", "carbon_dir=.", "requests_dir=."]
        common += ["vp=24", "result_dir=runs"]
        return [SWITCHYARD, "plan", "run", "--config", str(CONFIG), "--format", "csv", *options, *common, *overrides]

    def run(self, *overrides, options=()):
        command = self.command(*overrides, options=options)
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)

    def refused(self, *overrides, code=1):
        """What the command says in a line where it can't plan."""
        answer = self.run(*overrides)
        assert answer.returncode == code, answer.stdout + answer.stderr
        assert not answer.stdout
        # Beside the progress of jobs.
        return answer.stderr.strip().splitlines()[-1]

    def rows(self, *overrides):
        answer = self.run(*overrides)
        assert answer.returncode == 0, answer.stderr
        return list(csv.DictReader(io.StringIO(answer.stdout)))


@pytest.fixture
def plans(tmp_path):
    plans = Plans(tmp_path)
    plans.write()
    return plans


def test_files_that_are_missing_or_wrong(plans):
    assert "expected a CSV file at ./YY_2023_hourly.csv: there is no such file" in plans.refused("region=YY")
    assert "expected a CSV file at ./none.csv" in plans.refused("requests_dataset=none")
    time, _ = plans.demand[7]
    for value, words in [("-5", "is below 0"), ("inf", "is no number"), ("many", "is no number")]:
        plans.demand[7] = (time, value)
        plans.write()
        message = plans.refused()
        assert "trace.csv:9:" in message and words in message
    del plans.grid[plans.demand[-1][0]]
    plans.demand[7] = (time, 1000)
    plans.write()
    assert "not all of" in plans.refused("start=2023-01-02T00:00:00Z", f"hours={HOURS}")


def test_gaps_and_nan_are_filled_unless_they_are_many(plans):
    plans.demand[10] = (plans.demand[10][0], "NaN")
    del plans.demand[30:33]
    plans.write()
    assert plans.rows()[0]["verified"] == "yes"
    answer = plans.run(options=["--format", "text"])
    assert "trace: 4 of 72 hours had no value and were filled in." in answer.stdout
    del plans.demand[10:40]
    plans.write()
    assert "have no value, too many to fill" in plans.refused()


def test_a_result_is_kept_while_its_files_are_the_same(plans):
    first = plans.rows(*bought(LOW, HIGH))
    (path,) = (plans.folder / "runs").glob("*.json")
    kept = path.stat().st_mtime_ns
    assert plans.rows(*bought(LOW, HIGH)) == first and path.stat().st_mtime_ns == kept
    # Asked for in other words it goes by those.
    (other,) = plans.rows(*bought(LOW, HIGH), "seed=0")
    assert other.pop("experiment").endswith("seed=0") and other.items() <= first[0].items()
    assert path.stat().st_mtime_ns == kept
    plans.demand = [(hour, 2 * count) for hour, count in plans.demand[:40]] + plans.demand[40:]
    plans.write()
    assert plans.rows(*bought(LOW, HIGH))[0]["kg_co2e"] != first[0]["kg_co2e"]


def test_a_folder_that_takes_no_result_is_told_before_the_work(plans):
    message = plans.refused("result_dir=/proc/none")
    assert message.startswith("switchyard: can't keep anything in /proc/none: ") and "result_dir=" in message
    answer = plans.run(*bought(LOW, HIGH), options=["--report", "none/page.html"])
    assert answer.returncode == 1 and "switchyard: can't write none/page.html: " in answer.stderr


def test_progress_is_told_once(plans):
    answer = plans.run("optimizer=constant_mix,all_best")
    assert answer.returncode == 0 and answer.stderr.count("100%") == 1, answer.stderr


def test_files_of_others(plans):
    first = plans.rows()
    lines = [f"{hour};{count}" for hour, count in plans.demand]
    (plans.folder / "other.csv").write_text("\n".join(["when;time;hits"] + [f"x;{line}" for line in lines]))
    assert "name the one of the requests: requests_column=" in plans.refused("requests_dataset=other")
    (row,) = plans.rows("requests_dataset=other", "requests_column=hits")
    assert row["kg_co2e"] == first[0]["kg_co2e"]
    # Clocks in Berlin were an hour ahead.
    local = [f"{datetime.fromisoformat(hour) + timedelta(hours=1)},{count}" for hour, count in plans.demand]
    (plans.folder / "berlin.csv").write_text("\n".join(["ds,y"] + local))
    (row,) = plans.rows("requests_dataset=berlin", "requests_time_zone=Europe/Berlin")
    assert row["kg_co2e"] == first[0]["kg_co2e"]


def test_clocks_that_jump(plans):
    # Put back: the same hour again, with another value. Put forward by years: a mistyped time.
    plans.demand.insert(31, (plans.demand[30][0], 1))
    plans.write()
    assert "had another value on line 32" in plans.refused()
    plans.demand[31] = ("2093-01-02 00:00:00", 1)
    plans.write()
    assert "look for one that is mistyped" in plans.refused()


def test_a_day_without_requests_needs_no_machine(plans):
    plans.demand[24:48] = [(hour, 0) for hour, _ in plans.demand[24:48]]
    plans.write()
    assert plans.rows(*boxes(9))[0]["verified"] == "yes"
    (result,) = (plans.folder / "runs").glob("*.json")
    machines = json.loads(result.read_text())["plan"]["d_"]
    assert sum(machines[24 * 2 : 48 * 2]) == 0 < sum(machines)


def test_one_tier_and_no_machines(plans):
    (row,) = plans.rows(*bought("name: only, quality: 1, kwh_per_request: 0.001"))
    assert float(row["qor_min"]) == 1 and float(row["over_bound_pct"]) == pytest.approx(0, abs=1e-6)
    nothing = bought("name: low, quality: 0", "name: high, quality: 1")
    assert "no machine serves the tier low, nor can it be bought" in plans.refused(*nothing)
    assert "no machine serves the tier low" in plans.refused(*boxes(0))


def test_targets_and_budgets_out_of_reach(plans):
    assert "all machines together serve 1000" in plans.refused(*boxes(1))
    message = plans.refused(*boxes(2), "qor_target=0.9")
    assert "0.9 is out of reach: the best that can be reached is 0." in message
    assert "out of reach: the least quality costs" in plans.refused("budget=1")
    assert "from 0.0 to 1.0" in plans.refused("qor_target=1.5", code=2)


def test_parts_of_few_machines_are_planned_to_the_tolerance(plans):
    """Rounding of the solver's is no request that nothing serves, and a mix that is out of reach no comparison."""
    (row,) = plans.rows(*boxes(2), "optimizer.relax=true")
    assert row["verified"] == "yes" and row["vs_constant_mix_pct"] == ""


def test_the_page_shows_what_was_planned(plans):
    assert plans.run(*bought(LOW, HIGH), "vp=12", options=["--report", "page.html"]).returncode == 0
    text = (plans.folder / "page.html").read_text()
    # One file that loads nothing.
    assert not any(word in text for word in ("src=", "href=", "<script", "@import", "url("))
    page = xml.etree.ElementTree.fromstring(text.split("\n", 1)[1])
    assert len(page.findall(f".//{SVG}svg")) == 3
    titles = [title.text for title in page.iter("{http://www.w3.org/1999/xhtml}figcaption")]
    assert [title.rsplit(": ")[-1] for title in titles] == [
        "tiers",
        "quality of responses by window",
        "Carbon from the first hour on",
    ]
    tiers, windows, carbon = page.findall(f".//{SVG}svg")
    areas = tiers.findall(f".//{SVG}polygon")
    assert [area.find(f"{SVG}title").text for area in areas] == ["low", "high"]
    # Every hour has a corner below and one above; the whole is as high in all of them.
    assert all(len(area.get("points").split()) == 2 * HOURS for area in areas)
    assert len({corner.split(",")[1] for corner in areas[1].get("points").split()[HOURS:]}) == 1
    lines = [line.find(f"{SVG}title").text for line in tiers.findall(f".//{SVG}polyline")]
    assert lines == ["intensity, of its peak", "demand, of its peak"]
    assert len(windows.find(f".//{SVG}polyline").get("points").split()) == HOURS - 12 + 1
    names = [line.find(f"{SVG}title").text for line in carbon.findall(f".//{SVG}polyline")]
    assert names[1:] == ["all at the best tier", "constant mix", "best for a constant grid"]
    # The plan's own line ends lowest of all: above in the picture is dearer.
    ends = [float(line.get("points").split()[-1].split(",")[1]) for line in carbon.findall(f".//{SVG}polyline")]
    assert ends[0] >= max(ends[2:]) > ends[1]


def test_tiers_on_grids_of_their_own(plans):
    plans.write()
    (plans.folder / "YY_2023_hourly.csv").write_text(
        (plans.folder / "XX_2023_hourly.csv").read_text().replace("XX", "YY")
    )
    here, there = plans.rows(*bought(LOW, HIGH))[0], plans.rows(*bought(LOW, HIGH + ", region: YY"))[0]
    assert here["kg_co2e"] == there["kg_co2e"] and there["verified"] == "yes"
    assert "ZZ_2023_hourly.csv" in plans.refused(*bought(LOW, HIGH + ", region: ZZ"))


def test_shares_of_tiers_are_kept_by_the_reference_alone(plans):
    group = "{name: all, weight: 1, share_low: [1, 0], share_high: [0.2, 0.8]}"
    shares = ["user_groups.premium_percent=null", f"user_groups.groups=[{group}]", *boxes(9), "hours=12", "vp=6"]
    assert "only optimizer=reference keeps promises of tiers' shares" in plans.refused(*shares)
    (row,) = plans.rows(*shares, "optimizer=reference")
    assert row["verified"] == "yes" and float(row["qor_min"]) >= 0.5 - 1e-6
    wrong = group.replace("[0.2, 0.8]", "[0.5, 0.9]")
    message = plans.refused(f"user_groups.groups=[{wrong}]", *shares[:1], *boxes(9), "optimizer=reference", "qor_target=0.9")
    assert "0.9 is out of reach: the best that can be reached is 0.55" in message


def test_starts_of_machines_cost_and_are_avoided(plans):
    free = plans.rows(*boxes(9))[0]
    fleet = [part.replace("count_max: 9", "count_max: 9, start_kwh: 5") for part in boxes(9)]
    dear = plans.rows(*fleet)[0]
    assert dear["verified"] == "yes" and float(dear["kg_co2e"]) > float(free["kg_co2e"])

    def switched_on(kwh):
        results = [json.loads(path.read_text()) for path in (plans.folder / "runs").glob("*.json")]
        (plan,) = [result["plan"]["d_"] for result in results if ("start_kwh: 5" in result["settings"]) == (kwh > 0)]
        return sum(max(0, plan[place] - plan[place - 2]) for place in range(2, len(plan)))

    assert switched_on(5) < switched_on(0)


def test_progress_of_a_single_plan(plans):
    # In a log, lines at most once a second; the last says that it is done.
    lines = plans.run("fleet=mle", "hours=48").stderr.splitlines()
    assert lines and all(line.startswith("plan ") and "left" in line for line in lines)
    assert lines[-1].startswith("plan 100% 0:00 left") and "jobs/s" not in lines[-1]
    # On a terminal, a bar that is drawn again and again.
    parent, child = os.openpty()
    command = plans.command("fleet=mle", "requests_mean=300000", "optimizer.trades=30000", "optimizer.time_limit=3")
    process = subprocess.Popen(command, cwd=plans.folder, stdout=subprocess.DEVNULL, stderr=child)
    os.close(child)
    seen = b""
    try:
        while part := os.read(parent, 4096):
            seen += part
    except OSError:
        pass  # How Linux says that the other end is closed.
    os.close(parent)
    assert process.wait(timeout=60) == 0
    drawn = [float(share) for share in re.findall(rb"(\d+)% \d+:\d\d left", seen)]
    assert len(drawn) > 2 and drawn == sorted(drawn) and drawn[-1] == 100 and seen.count(b"\r") >= len(drawn)
    assert "\u2588".encode() in seen
