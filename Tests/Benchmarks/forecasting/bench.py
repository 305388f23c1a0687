#!/usr/bin/env python3
"""How far our forecasts are off, beside Prophet's and statsforecast's, on the same series from the same origins.

    swift build -c release --product ForecastingBench
    pip install -r Tests/Benchmarks/forecasting/requirements.txt
    BENCH=.build/release/ForecastingBench python Tests/Benchmarks/forecasting/bench.py DATA [ORIGINS]

DATA is the planner's folder of data. Prophet has its own settings and all of the history, MSTL with a damped trend the
last 26 weeks, all on one thread. A row for each series and lead: WAPE, sMAPE, MASE, MAPE, and milliseconds of a forecast,
learning included, in the median and at least. Ends with the bars and by how much each is kept or missed; fails if one is:
the time that is held to a bar is the least, for what else runs on the machine is in all others.
"""

import json
import logging
import os
import subprocess
import sys
import time
import warnings

os.environ.update(OMP_NUM_THREADS="1", NIXTLA_ID_AS_COL="1")
warnings.filterwarnings("ignore")

import numpy
import pandas
from prophet import Prophet
from statsforecast.models import MSTL, AutoETS

for name in ("prophet", "cmdstanpy"):
    logging.getLogger(name).setLevel(logging.ERROR)

# Series, hours ahead, measure: the most that the combination may be off.
GOALS = {
    ("wiki eu-central-1", 24, "wape"): 8.0, ("nyc_taxi", 24, "wape"): 13.0, ("US-CAL-CISO", 24, "mape"): 8.0,
    ("DE-LU", 24, "mape"): 15.5, ("M4 hourly", 48, "smape"): 11.0, ("M4 hourly", 48, "mase"): 1.0,
}
MILLISECONDS_MAX = 50


def prophet(times, values, horizon):
    model = Prophet(uncertainty_samples=0)
    model.fit(pandas.DataFrame({"ds": times, "y": values}))
    future = pandas.DataFrame({"ds": pandas.date_range(times[-1], periods=horizon + 1, freq="h")[1:]})
    return model.predict(future)["yhat"].to_numpy()


def mstl(times, values, horizon):
    recent = values[-26 * 168:]
    seasons = [period for period in (24, 168) if len(recent) >= 2 * period]
    model = MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN", damped=True))
    return model.forecast(y=recent.astype(float), h=horizon)["mean"]


METHODS = {"Prophet": prophet, "MSTL": mstl}


def errors(forecasts, actuals, scales):
    """The same measures as ForecastErrors, over all hours of all origins."""
    forecasts, actuals = numpy.array(forecasts), numpy.array(actuals)
    off = numpy.abs(forecasts - actuals)
    sizes = numpy.abs(forecasts) + numpy.abs(actuals)
    known = actuals != 0
    return {
        "wape": 100 * off.sum() / numpy.abs(actuals).sum(),
        "smape": 200 * numpy.divide(off, sizes, out=numpy.zeros_like(off), where=sizes > 0).mean(),
        "mase": (off / numpy.array(scales)[:, None]).mean(),
        "mape": 100 * (off[known] / numpy.abs(actuals[known])).mean(),
    }


def measure(case):
    """Adds what the other methods come to."""
    values = numpy.array(case["values"])
    start = pandas.Timestamp(case["start"]).tz_localize(None)
    times = pandas.date_range(start, periods=len(values), freq="h")
    horizon = case["horizon"]
    for name, method in METHODS.items():
        forecasts, actuals, scales, times_spent = [], [], [], []
        for origin in case["origins"]:
            history, began = values[:origin], time.perf_counter()
            forecasts.append(method(times[:origin], history, horizon))
            times_spent.append(1000 * (time.perf_counter() - began))
            actuals.append(values[origin:origin + horizon])
            scales.append(numpy.abs(history[24:] - history[:-24]).mean())
        spent = {"milliseconds": numpy.median(times_spent), "millisecondsMin": min(times_spent)}
        for lead in sorted({result["lead"] for result in case["results"]}):
            result = errors([each[:lead] for each in forecasts], [each[:lead] for each in actuals], scales)
            case["results"].append({"method": name, "lead": lead, **spent, **result})


def measure_m4(case, path):
    sums = {name: [] for name in METHODS}
    for line in open(path).read().splitlines()[1:]:
        count, values = int(line.split(",")[1]), numpy.array([float(each) for each in line.split(",")[2].split()])
        times = pandas.date_range("1970-01-05", periods=len(values), freq="h")
        scale = numpy.abs(values[24:count] - values[:count - 24]).mean()
        for name, method in METHODS.items():
            began = time.perf_counter()
            forecast = method(times[:count], values[:count], 48)
            spent = 1000 * (time.perf_counter() - began)
            result = errors([forecast], [values[count:]], [scale])
            sums[name].append((result["smape"], result["mase"], spent))
    for name, rows in sums.items():
        (smape, mase, _), (*_, median), (*_, least) = (take(numpy.array(rows), axis=0) for take in (numpy.mean, numpy.median, numpy.min))
        spent = {"milliseconds": median, "millisecondsMin": least}
        case["results"].append({"method": name, "lead": 48, "smape": smape, "mase": mase, **spent})


def main():
    data, *rest = sys.argv[1:]
    answer = subprocess.run([os.environ["BENCH"], data, *rest], check=True, capture_output=True)
    cases = json.loads(answer.stdout)
    bars = []
    for case in cases:
        measure_m4(case, f"{data}/forecast/m4_hourly.csv") if case["name"] == "M4 hourly" else measure(case)
        leads = sorted({result["lead"] for result in case["results"]})
        for lead in leads:
            rows = {each["method"]: each for each in case["results"] if each["lead"] == lead}
            print(f"\n{case['name']}, {lead} h ahead, {len(case['origins']) or 207} origins")
            print("| method | WAPE | sMAPE | MASE | MAPE | ms | least |\n| --- | --- | --- | --- | --- | --- | --- |")
            for name, row in rows.items():
                cells = [row.get(key) for key in ("wape", "smape", "mase", "mape")]
                cells = ["-" if cell is None else f"{cell:.3f}" if i == 2 else f"{cell:.2f}" for i, cell in enumerate(cells)]
                print(f"| {name} | {' | '.join(cells)} | {row['milliseconds']:.1f} | {row['millisecondsMin']:.1f} |")
            combined = rows["combined"]
            measure_name = "wape" if combined.get("wape") is not None else "smape"
            naive = min(rows[name][measure_name] for name in ("naive 24", "naive 168") if name in rows)
            bars.append((f"{case['name']}, {lead} h: {measure_name} beside the better naive", combined[measure_name], 1.05 * naive))
            for (name, ahead, key), most in GOALS.items():
                if (name, ahead) == (case["name"], lead):
                    bars.append((f"{name}, {lead} h: {key}", combined[key], most))
            sys.stdout.flush()
        bars.append((f"{case['name']}: milliseconds", rows["combined"]["millisecondsMin"], MILLISECONDS_MAX))
    print("\n| bar | is | at most | |\n| --- | --- | --- | --- |")
    for words, value, most in bars:
        print(f"| {words} | {value:.2f} | {most:.2f} | {'met' if value <= most else 'MISSED'} |")
    sys.exit(any(value > most for _, value, most in bars))


main()
