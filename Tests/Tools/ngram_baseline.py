"""How far a linear model of words gets on the synthetic set: what heads on an encoder are to be compared with.

    switchyard train generate-data --output-dir data-1 --seed 1    # and so on
    python Tests/Tools/ngram_baseline.py data-1 data-2 data-3

Multinomial logistic regression on counts of words and pairs of neighbours, signs being words, by scikit-learn.
"""

import json
import pathlib
import statistics
import sys

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression


def read(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["prompt"] for line in lines], [line["label"] for line in lines]


def accuracies(folder):
    prompts, labels = read(folder / "train.jsonl")
    words = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]")
    model = LogisticRegression(C=10, max_iter=200).fit(words.fit_transform(prompts), labels)
    results = []
    for name in ("test", "held_out"):
        prompts, labels = read(folder / f"{name}.jsonl")
        results.append(model.score(words.transform(prompts), labels))
    return results


rows = []
for folder in map(pathlib.Path, sys.argv[1:]):
    rows.append(accuracies(folder))
    print(f"{folder}: templates seen {rows[-1][0]:.1%}, held out {rows[-1][1]:.1%}", flush=True)
if rows:
    seen, unseen = zip(*rows)
    print(f"mean of {len(rows)}: templates seen {statistics.mean(seen):.1%}, held out {statistics.mean(unseen):.1%}")
