"""Make the energy profiles and the regression that Accounting embeds, from the ML.ENERGY v3 measurements.

    python3 Tests/Tools/fit_energy.py mlenergy_v3_llm.csv

writes Sources/Accounting/Profiles/mlenergy_v3.csv and prints the coefficients of EnergyRegression with the errors that
they have on models left out. The input is the table of ml-energy/leaderboard at commit 0cd52da (Apache-2.0; dataset
card in ml-energy/data at b37408f), tasks lm-arena-chat and gpqa. Needs numpy.
"""

import csv
import sys
from pathlib import Path

import numpy as np

BITS = {"bfloat16": 16, "fp8": 8, "mxfp4": 4}
TASKS = {"lm-arena-chat": "chat", "gpqa": "reasoning"}
OUTPUT = Path(__file__).parents[2] / "Sources/Accounting/Profiles/mlenergy_v3.csv"


def configurations(rows):
    """The rows of each (task, model, machine), by rising batch."""
    groups = {}
    for row in rows:
        groups.setdefault((TASKS[row["task"]], row["model"], row["gpu"], int(row["num_gpus"])), []).append(row)
    return {key: sorted(group, key=lambda row: float(row["avg_batch"])) for key, group in sorted(groups.items())}


def write_profiles(groups):
    with open(OUTPUT, "w") as file:
        file.write("# ML.ENERGY v3, ml-energy/leaderboard at 0cd52da, Apache-2.0; made by Tests/Tools/fit_energy.py.\n")
        file.write("# task,model,GPU,GPUs,bits,billions of parameters: total,active\n")
        file.write("# then: mean batch,J of the GPUs per output token,output tokens/s,mean output tokens\n")
        for (task, model, gpu, gpus), group in groups.items():
            first = group[0]
            size = f"{float(first['total_b']):g},{float(first['active_b']):g}"
            file.write(f"{task},{model},{gpu},{gpus},{BITS[first['precision']]},{size}\n")
            for row in group:
                values = ["avg_batch", "j_per_token", "out_tok_per_s", "avg_output_len"]
                file.write(" " + ",".join(f"{float(row[value]):.5g}" for value in values) + "\n")


def design(rows):
    """The ten terms, as EnergyRegression.terms has them, and the logarithm of the joules per output token."""
    terms, targets = [], []
    for row in rows:
        total, active, batch, gpus, length = (
            np.log(float(row[key])) for key in ("total_b", "active_b", "avg_batch", "num_gpus", "avg_output_len")
        )
        precision = np.log(BITS[row["precision"]] / 16)
        newer = 1.0 if row["gpu"] == "B200" else 0.0
        terms.append([1, active, total, batch, batch * batch, gpus, precision, newer, batch * total, length])
        targets.append(np.log(float(row["j_per_token"])))
    return np.array(terms), np.array(targets)


def fit(terms, targets):
    return np.linalg.lstsq(terms, targets, rcond=None)[0]


def leave_one_out(terms, targets, groups):
    predictions = np.zeros(len(targets))
    for group in set(groups):
        held = groups == group
        predictions[held] = terms[held] @ fit(terms[~held], targets[~held])
    return predictions


def ecologits(row):
    """Joules per output token of the GPUs by EcoLogits 0.11.3: a batch of 64 and 16 bits, whatever the truth is."""
    total, active = float(row["total_b"]), float(row["active_b"])
    gpus = 2 ** np.ceil(np.log2(np.ceil(1.2 * total * 2 / 80)))
    per_gpu = 1.1665273170451914e-06 * np.exp(-0.011205921025579175 * 64) * active + 4.052928146734005e-05
    return gpus * per_gpu * 3600


def report(name, ratios):
    errors = np.abs(ratios - 1)
    low, high = np.quantile(1 / ratios, [0.1, 0.9])
    print(f"{name}: mean error {errors.mean():.4f}, median {np.median(errors):.4f}, "
          f"truth / estimate from {low:.2f} to {high:.2f} for 80 % of {len(ratios)}")


def main():
    rows = list(csv.DictReader(open(sys.argv[1])))
    write_profiles(configurations(rows))
    terms, targets = design(rows)
    print("coefficients:", ", ".join(f"{value:.8f}" for value in fit(terms, targets)))
    models = np.array([row["model"] for row in rows])
    report("one model left out", np.exp(leave_one_out(terms, targets, models) - targets))
    truth = np.array([float(row["j_per_token"]) for row in rows])
    estimate = np.array([ecologits(row) for row in rows])
    report("EcoLogits", estimate / truth)
    report("EcoLogits, batch 32 to 128",
           (estimate / truth)[[32 <= float(row["max_num_seqs"]) <= 128 for row in rows]])


main()
