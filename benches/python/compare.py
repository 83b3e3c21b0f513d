#!/usr/bin/env python3
"""Times scikit-learn and Keras beside the Rust benches, in one run on one core, and prints the ratios in one table.

    python3 -m venv benches/python/.venv
    benches/python/.venv/bin/pip install -r benches/python/requirements.txt
    benches/python/.venv/bin/python benches/python/compare.py

What is compared, on the data in ../shared/data beside the repository:

| section of benches/real_data.rs | Python's side |
|---|---|
| forest, isolation, row | scikit-learn's RandomForestClassifier and IsolationForest, the same rows, n_jobs=1 |
| lstm | Keras, a window of ten events to the softmax of the next; also one event on a carried state |
| hdfs/epoch of benches/sequences.rs, where there is such a bench | Keras, one epoch of the same windows |
| nsl_kdd, adbench | the areas under the curve of scikit-learn's forests and PyOD's IForest |

Both sides take turns, round by round, and the median of the rounds is told. Times are processor time, so that whatever
else the machine does counts for neither side; only MATS's single calls, too short for that clock, and criterion's epoch
are wall time.
A table is all that comes out: no figure fails the run.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

# Libraries size their thread pools when they are imported.
for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
    os.environ[f"{name}_THREADS" if name.startswith("TF") else f"{name}_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
COLUMNS, FEW, WINDOW, WINDOWS = 41, 32, 10, 37_431
NAMES = (1, 2, 3)
BATCH = 256
SPEED, QUALITY = ("forest", "isolation", "row", "lstm"), ("nsl_kdd", "adbench")


# ---------------------------------------------------------------- data


def kdd():
    """Training and test rows and labels, encoded as benches/real_data.rs does."""
    parts = []
    for file in ("KDDTrain+_20Percent.txt", "KDDTest+.txt"):
        with open(DATA / "nsl-kdd" / file, encoding="utf-8") as lines:
            parts.append([line.rstrip("\n").split(",") for line in lines])
    codes = {c: {name: i for i, name in enumerate(sorted({row[c] for row in parts[0]}))} for c in NAMES}

    def encode(row):
        return [codes[c].get(x, -1) if c in codes else float(x) for c, x in enumerate(row[:COLUMNS])]

    return [
        (np.array([encode(row) for row in rows], dtype=np.float32), np.array([row[COLUMNS] != "normal" for row in rows]))
        for rows in parts
    ]


def adbench():
    """Name, rows and labels of each table."""
    for file in sorted((DATA / "adbench").glob("*.csv")):
        table = np.loadtxt(file, delimiter=",", skiprows=1, dtype=np.float32)
        yield file.stem, table[:, :-1], table[:, -1] > 0.5


def windows():
    """The first windows of the normal HDFS sessions, and the key that follows each."""
    with open(DATA / "hdfs-sessions" / "hdfs_train", encoding="utf-8") as lines:
        sessions = [[int(key) for key in line.split()] for line in lines]
    pairs = [(s[i : i + WINDOW], s[i + WINDOW]) for s in sessions for i in range(len(s) - WINDOW)][:WINDOWS]
    return np.array([x for x, _ in pairs], dtype=np.int32), np.array([y for _, y in pairs], dtype=np.int32)


# ---------------------------------------------------------------- Rust's side


def cargo_bench(name):
    """Builds a bench and returns its executable."""
    command = ["cargo", "bench", "-p", "mats-cli", "--bench", name, "--no-run", "--message-format=json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == name)


def rust(executable, sections, quick):
    """What benches/real_data.rs prints, by work."""
    command = [executable, "--bench", *(["--quick"] if quick else []), *sections]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode or "SKIPPED" in done.stderr:
        sys.exit(f"{executable} {' '.join(sections)}:\n{done.stderr}")
    return {line["work"]: line for line in map(json.loads, done.stdout.splitlines())}


def criterion(executable, name):
    """Seconds of an iteration by criterion's median, or None where there is no such bench."""
    begun = time.time()
    subprocess.run([executable, "--bench", name], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    metadata = ["cargo", "metadata", "--format-version=1", "--no-deps"]
    target = json.loads(subprocess.run(metadata, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)["target_directory"]
    file = pathlib.Path(target, "criterion", *name.split("/"), "new", "estimates.json")
    # A file of an earlier run says nothing about this one.
    if not file.exists() or file.stat().st_mtime < begun:
        return None
    return json.loads(file.read_text(encoding="utf-8"))["median"]["point_estimate"] * 1e-9


# ---------------------------------------------------------------- Python's side


def seconds(call, times):
    """Processor seconds of each of some calls."""
    taken = []
    for i in range(times):
        start = time.process_time()
        call(i)
        taken.append(time.process_time() - start)
    return taken


class Python:
    """The same works with scikit-learn and Keras; a round of them at a time."""

    def __init__(self, quick):
        import keras
        from sklearn.ensemble import IsolationForest, RandomForestClassifier

        self.batches, self.calls = (3, 20) if quick else (10, 100)
        self.forest = lambda seed: RandomForestClassifier(n_estimators=100, n_jobs=1, random_state=seed)
        self.isolation = lambda seed: IsolationForest(n_estimators=100, n_jobs=1, random_state=seed)
        (self.x, self.y), (self.test, _) = kdd()
        self.few = [self.isolation(1).fit(self.x[:, :FEW]), self.forest(1).fit(self.x[:, :FEW], self.y)]
        self.windows, self.next = windows()
        keys = int(max(self.windows.max(), self.next.max())) + 1

        def network(layers, width, **shape):
            inputs = keras.Input(dtype="int32", **shape)
            x = keras.ops.one_hot(inputs, keys)
            for layer in range(layers):
                carried = "batch_shape" in shape
                x = keras.layers.LSTM(width, return_sequences=layer + 1 < layers, stateful=carried)(x)
            model = keras.Model(inputs, keras.layers.Dense(keys, activation="softmax")(x))
            model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
            return model

        sizes = {"2x64": (2, 64), "1x32": (1, 32)}
        self.networks = {name: network(*size, shape=(WINDOW,)) for name, size in sizes.items()}
        self.carried = {name: network(*size, batch_shape=(1, 1)) for name, size in sizes.items()}
        # Compiles for both sizes of batch that an epoch has, so that no epoch includes it.
        some = BATCH + WINDOWS % BATCH
        self.networks["2x64"].fit(self.windows[:some], self.next[:some], batch_size=BATCH, verbose=0)

    def round(self, seed):
        """Value by work, in the units of the Rust bench."""
        found = {}
        rows = [self.test[i : i + 1, :FEW].copy() for i in range(self.calls)]
        models = [self.isolation(seed), self.forest(seed)]
        found["isolation/fit"], found["forest/fit"] = (seconds(lambda _: m.fit(self.x, self.y), 1)[0] for m in models)
        asks = [models[0].score_samples, models[1].predict_proba]
        for work, ask in zip(("isolation/batch", "forest/batch"), asks):
            found[work] = len(self.test) / statistics.median(seconds(lambda _: ask(self.test), self.batches))
        asks = [self.few[0].score_samples, self.few[1].predict_proba]
        for work, ask in zip(("row/isolation", "row/forest"), asks):
            found[work] = 1e6 * statistics.median(seconds(lambda i: ask(rows[i]), self.calls))
        for kind, networks, length in (("", self.networks, WINDOW), (" carried", self.carried, 1)):
            for name, network in networks.items():
                network.predict_on_batch(self.windows[:1, :length])
                taken = seconds(lambda i: network.predict_on_batch(self.windows[i : i + 1, :length]), 10 * self.calls)
                found[f"lstm/{name}{kind}"] = 1e6 * statistics.median(taken)
        fit = lambda _: self.networks["2x64"].fit(self.windows, self.next, batch_size=BATCH, verbose=0)  # noqa: E731
        found["hdfs/epoch"] = seconds(fit, 1)[0]
        return found


def quality(seeds):
    """Value by work: means over seeds with scikit-learn; and PyOD's areas by table."""
    from pyod.models.iforest import IForest
    from sklearn.ensemble import IsolationForest, RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    (x, y), (test, truth) = kdd()
    by_seed = []
    for seed in range(seeds):
        scores = RandomForestClassifier(n_jobs=1, random_state=seed).fit(x, y).predict_proba(test)[:, 1]
        isolation = [IsolationForest(random_state=seed).fit(rows) for rows in (x, x[~y])]
        by_seed.append({
            "nsl_kdd/forest/accuracy": np.mean((scores > 0.5) == truth),
            "nsl_kdd/forest/recall": np.mean(scores[truth] > 0.5),
            "nsl_kdd/forest/false_alarms": np.mean(scores[~truth] > 0.5),
            "nsl_kdd/forest/auc": roc_auc_score(truth, scores),
            "nsl_kdd/isolation/all_rows": roc_auc_score(truth, -isolation[0].score_samples(test)),
            "nsl_kdd/isolation/normal_rows": roc_auc_score(truth, -isolation[1].score_samples(test)),
        })
    found = {work: float(np.mean([values[work] for values in by_seed])) for work in by_seed[0]}
    pyod = {}
    for name, rows, labels in adbench():
        ours = [roc_auc_score(labels, -IsolationForest(random_state=s).fit(rows).score_samples(rows)) for s in range(seeds)]
        found[f"adbench/{name}"] = float(np.mean(ours))
        theirs = [roc_auc_score(labels, IForest(random_state=s).fit(rows).decision_scores_) for s in range(seeds)]
        pyod[name] = float(np.mean(theirs))
    return found, pyod


# ---------------------------------------------------------------- the table


def number(x):
    if x is None:
        return "–"
    places = [(100, ",.0f"), (1, ".2f"), (0.01, ".3f"), (0, ".2g")]
    return format(x, next(form for least, form in places if abs(x) >= least))


def show(head, rows):
    """Prints a Markdown table whose columns line up."""
    widths = [max(len(row[c]) for row in [head, *rows]) for c in range(len(head))]
    for row in [head, ["-" * w for w in widths], *rows]:
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths)) + " |")


def compared(mats, python, epoch, tables):
    """Rows of the table: work, unit, MATS, Python, ratio, demand, met (None where nothing is demanded or built)."""

    def row(work, unit, ours, theirs, ratio=None, demand="–", met=None):
        return dict(work=work, unit=unit, mats=ours, python=theirs, ratio=ratio, demand=demand, met=met)

    rows = []
    a, b = mats["forest/fit"]["value"], python["forest/fit"]
    rows.append(row("forest fit, NSL-KDD 25k x 41, 100 trees", "s", a, b, a / b, "<= 0.5 x Python", a <= 0.5 * b))
    a, b = mats["isolation/fit"]["value"], python["isolation/fit"]
    rows.append(row("isolation forest fit, the same rows", "s", a, b, a / b))
    for work, name, least in (("isolation", "isolation forest", 3), ("forest", "random forest", 2)):
        a, b = mats[f"{work}/batch"]["value"], python[f"{work}/batch"]
        rows.append(row(f"{name} batch, Test+", "rows/s", a, b, a / b, f">= {least} x Python", a >= least * b))
    limits = (
        ("row/isolation", "one row of 32, isolation forest", 2.5, 15),
        ("row/forest", "one row of 32, random forest", 6, 25),
        ("lstm/2x64", "one event, LSTM 2 x 64, softmax", 6, None),
        ("lstm/1x32", "one event, LSTM 1 x 32, softmax", 1.2, None),
    )
    for work, name, *most in limits:
        for p, limit in zip(("p50", "p99"), most):
            a, b = mats[work][p], python[work] if p == "p50" else None
            demand, met = (f"<= {limit} us", a <= limit) if limit else ("–", None)
            rows.append(row(f"{name}, {p}", "us", a, b, b and a / b, demand, met))
        if work.startswith("lstm"):
            a, b = mats[work]["p50"], python[f"{work} carried"]
            rows.append(row("the same, Keras on a carried state", "us", a, b, a / b))
    b = python["hdfs/epoch"]
    name = f"epoch of {WINDOWS:,} HDFS windows, 2 x 64"
    rows.append(row(name, "s", epoch, b, epoch and epoch / b, "<= 2.5 s", None if epoch is None else epoch <= 2.5))
    for work in (w for w in mats if w.startswith("nsl_kdd")):
        name = work.replace("nsl_kdd/", "NSL-KDD, ").replace("/", ", ").replace("_", " ")
        a, b = mats[work]["value"], python[work]
        rows.append(row(name, mats[work]["unit"], a, b, a / b))
    for other, at in (("scikit-learn", 1), ("PyOD", 2)):
        gaps = [abs(t[0] - t[at]) for t in tables.values()]
        mean, most = statistics.mean(gaps), max(gaps)
        rows.append(row(f"ADBench gap to {other}, mean", "ROC-AUC", mean, None, None, "<= 0.01", mean <= 0.01))
        rows.append(row(f"ADBench gap to {other}, largest", "ROC-AUC", most, None, None, "<= 0.03", most <= 0.03))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, fewer repetitions, two seeds")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median is told (3)")
    parser.add_argument("--backend", default="jax", help="of Keras; another than jax is to be installed (jax)")
    parser.add_argument("--core", type=int, help="the core to run on (the last)")
    parser.add_argument("--json", metavar="FILE", help="write all figures there too")
    args = parser.parse_args()
    absent = [folder for folder in ("nsl-kdd", "hdfs-sessions", "adbench") if not (DATA / folder).exists()]
    if absent:
        print(f"SKIPPED: ../shared/data lacks {', '.join(absent)}")
        return
    os.environ["KERAS_BACKEND"] = args.backend
    rounds, seeds = (1, 2) if args.quick else (args.rounds, 5)
    executable = cargo_bench("real_data")
    sequences = cargo_bench("sequences") if (ROOT / "benches" / "sequences.rs").exists() else None
    # Children inherit it: the Rust bench runs where Python does.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0)) if args.core is None else args.core})

    python = Python(args.quick)
    turns = []
    for seed in range(rounds):
        print(f"round {seed + 1} of {rounds}", file=sys.stderr)
        turns.append((rust(executable, SPEED, args.quick), python.round(seed)))
    theirs = {work: statistics.median(t[1][work] for t in turns) for work in turns[0][1]}
    ours = {}
    for work, first in turns[0][0].items():
        kept = {f: statistics.median(t[0][work][f] for t in turns) for f in ("value", "p50", "p99") if first[f] is not None}
        ours[work] = {**first, **kept}
    print("epoch of sequences", file=sys.stderr)
    epoch = sequences and criterion(sequences, "hdfs/epoch")
    print("quality", file=sys.stderr)
    ours.update(rust(executable, QUALITY, args.quick))
    found, pyod = quality(seeds)
    theirs.update(found)
    tables = {name: (ours[f"adbench/{name}"]["value"], found[f"adbench/{name}"], area) for name, area in pyod.items()}

    import keras
    import sklearn

    print(f"Python {platform.python_version()}, scikit-learn {sklearn.__version__}, Keras {keras.__version__} on "
          f"{args.backend} in batches of {BATCH}; rounds: {rounds}, seeds: {seeds}; one core of {os.cpu_count()}\n")
    rows = compared(ours, theirs, epoch, tables)
    cells = []
    for r in rows:
        mats = "not built" if r["mats"] is None else number(r["mats"])
        met = {None: "–", True: "met", False: "not met"}[r["met"]]
        cells.append([r["work"], r["unit"], mats, number(r["python"]), number(r["ratio"]), r["demand"], met])
    show(["work", "unit", "MATS", "Python", "MATS / Python", "demand", ""], cells)
    print()
    head = ["ADBench, ROC-AUC", "MATS", "scikit-learn", "PyOD", "gap to scikit-learn"]
    show(head, [[name, *(f"{a:.3f}" for a in t), f"{t[0] - t[1]:+.3f}"] for name, t in tables.items()])
    if args.json:
        everything = {"table": rows, "adbench": tables, "mats": ours, "python": theirs, "rounds": turns}
        pathlib.Path(args.json).write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
