"""Checks `mats compare` against other people's software, to 1e-9.

    python3 -m venv venv && venv/bin/pip install -r tests/python/requirements-compare.txt
    venv/bin/python tests/python/check_compare.py target/release/mats [RUN [RUN]]

From episodes.csv, campaigns.csv and detection.csv alone it computes with lifelines the Aalen-Johansen curves,
restricted mean time lost and median time to detect, with rliable the interquartile mean and the probability of
improvement, with statsmodels Holm's correction, with scikit-learn precision, recall and F1, and with numpy the means
and scores; then it compares them with `mats compare --json` and with summary.csv. Runs are made up here (two scenarios,
censoring, ties); folders given are compared, too, one alone with a copy of itself whose costs and times are changed.

Not checked: areas under curves (scores of windows stand in no file; a test in mats-lab bounds them), and intervals
(other random numbers).

Ties: lifelines moves tied times at random before it fits. The estimator needs only the order of the times, and
takes ties one after the other to the same value. So it is given ranks, events before what was censored at the same
time, and its curve is read at the last rank of a time. Where there are no ties it is given the times, too.
"""

import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from lifelines import AalenJohansenFitter
from rliable import metrics as rliable_metrics
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from statsmodels.stats.multitest import multipletests

TOLERANCE = 1e-9
STATES = ["never_in", "evicted", "left", "cut_off", "residual", "held"]
ENDED, OBJECTIVE, LEFT = 1, 2, 3
ACTIONS = ("monitor alert_analyst run_scan block_ip block_domain kill_process disable_account reset_credentials "
           "isolate_host patch_host reimage_host deploy_decoy release reset_exposed").split()
QUANTITIES = "account_hours admin_hours held_value_hours killed_value decoy_hours".split()
FAILED, CHECKED = [], {}


def check(library, name, ours, theirs):
    """Equal to 1e-9, relative where large; both undefined is equal."""
    CHECKED[library] = CHECKED.get(library, 0) + 1
    undefined = [v is None or not math.isfinite(v) for v in (ours, theirs)]
    if undefined == [True, True]:
        return
    if any(undefined) or abs(ours - theirs) > TOLERANCE * max(1.0, abs(theirs)):
        FAILED.append(f"{library} {name}: mats {ours}, {library} {theirs}")


# ---------------------------------------------------------------- runs


def read(path):
    """The tables of a run, or of the runs of several scenarios in a folder."""
    parts = [path] if (path / "run.json").exists() else sorted(p.parent for p in path.glob("*/run.json"))
    tables = {}
    for name in ["episodes", "campaigns", "detection", "summary"]:
        frame = pd.concat([pd.read_csv(p / f"{name}.csv", dtype={"seed": str}, float_precision="round_trip") for p in parts], ignore_index=True)
        tables[name] = frame[frame["phase"] == "eval"] if "phase" in frame else frame
    return tables


def made_up(folder, scenario, run, dice, trainings, ties):
    """A run of one scenario: costs, outcomes and times drawn at random, a third of the campaigns censored."""
    folder.mkdir(parents=True)
    episodes, campaigns = [], []
    for defender, level in [("none", 100.0), ("playbook", 40.0 + 2 * run), ("dqn", 35.0 - 5 * run), ("oracle", 5.0)]:
        for train_seed in range(1, trainings + 1):
            for seed in range(40):
                common = np.random.default_rng(seed)
                count = int(common.integers(0, 3))
                # What does nothing and what knows everything are the same in every run.
                own = common if defender in ("none", "oracle") else dice
                cost = level * (0.2 + count) * own.uniform(0.7, 1.3) + (0.3 * train_seed if defender == "dqn" else 0.0)
                incidents = int(own.integers(0, 5))
                episodes.append(dict(
                    scenario=scenario, defender=defender, phase="eval", train_seed=train_seed, episode=seed,
                    seed=2**63 + seed, **{"return": -cost}, cost=cost, regret="", campaigns=count, damage=cost * 0.6,
                    disruption=cost * 0.3, action_cost=cost * 0.1, analyst_hours=own.uniform(0, 2), **{quantity: own.uniform(0, 9) for quantity in QUANTITIES},
                    false_isolations=int(own.integers(0, 2)), incidents=incidents,
                    false_incidents=int(own.integers(0, incidents + 1)), host_days=3.5, steps=10, records=1000,
                    **{action: int(own.integers(0, 4)) for action in ACTIONS}))
                for campaign in range(count):
                    follow = own.uniform(20_000, 40_000)
                    state = own.choice(["never_in"] * ties + ["evicted", "evicted", "left", "cut_off", "residual", "held"])
                    entered = state != "never_in"
                    watched = follow - 5_000
                    time, reached = own.uniform(10, watched), own.uniform(10, follow) if own.uniform() < 0.4 else None
                    detect = own.uniform(0, time) if entered and own.uniform() < 0.7 else None
                    if ties:
                        time = min(math.ceil(time / 3600) * 3600.0, watched)
                        reached = None if reached is None else math.ceil(reached / 3600) * 3600.0
                    gone = time if state in ("evicted", "left") else None
                    contained = time * own.uniform(0.5, 1) if gone is not None else time if state == "cut_off" else None
                    access = min(time, contained) if contained is not None else time
                    number = lambda value: "" if value is None or not entered else value
                    campaigns.append(dict(
                        scenario=scenario, defender=defender, phase="eval", train_seed=train_seed, episode=seed,
                        seed=2**63 + seed, campaign=campaign, attack="a", end_state=state,
                        stopped=int(state in ("never_in", "evicted") and (reached is None or not entered)),
                        first_success_s=number(100.0), goal_share=own.uniform(0, 1), time_to_objective_s=number(reached),
                        detected=int(detect is not None), time_to_detect_s=number(detect),
                        time_to_contain_s=number(contained), time_to_evict_s=number(gone),
                        access_s=access if entered else 0.0, foothold_s=access / 2 if entered else 0.0,
                        spells=int(own.integers(1, 4)) if entered else 0, median_spell_s=number(access / 2),
                        watched_s=watched if entered else 0.0, follow_up_s=follow if entered else 0.0,
                        tau_s=20_000.0 + 1_000 * run, hosts_touched=1))
    pd.DataFrame(episodes).to_csv(folder / "episodes.csv", index=False)
    pd.DataFrame(campaigns).to_csv(folder / "campaigns.csv", index=False)
    columns = ("scenario defender phase level tp fp fn tn ignored accuracy precision recall f1 fpr fnr roc_auc pr_auc "
               "false_per_100_host_days").split()
    pd.DataFrame(columns=columns).to_csv(folder / "detection.csv", index=False)
    pd.DataFrame(columns="scenario defender metric value low high n".split()).to_csv(folder / "summary.csv", index=False)
    (folder / "run.json").write_text(json.dumps({"version": "0", "scenario": {"name": scenario}, "settings": {}}))


def changed(path, to):
    """A copy of a run whose costs and times are changed a little."""
    to.mkdir(parents=True)
    for name in ["run.json", "detection.csv", "summary.csv"]:
        shutil.copy(path / name, to)
    dice = np.random.default_rng(7)
    episodes = pd.read_csv(path / "episodes.csv", dtype={"seed": str}, float_precision="round_trip")
    learnt = ~episodes["defender"].isin(["none", "oracle"])
    episodes.loc[learnt, "cost"] *= dice.uniform(0.7, 1.2, learnt.sum())
    # A cost is the sum of its parts, or the run is refused.
    episodes["damage"] = episodes["cost"] - episodes["disruption"] - episodes["action_cost"]
    episodes.to_csv(to / "episodes.csv", index=False)
    campaigns = pd.read_csv(path / "campaigns.csv", dtype={"seed": str}, float_precision="round_trip")
    for time in ["time_to_contain_s", "time_to_evict_s"]:
        campaigns[time] *= dice.uniform(1.0, 1.1, len(campaigns))
    campaigns.to_csv(to / "campaigns.csv", index=False)


# ---------------------------------------------------------------- the same figures by others' means


class Incidence:
    """Cumulative incidence of each cause; causes are numbered from 1, 0 is censored."""

    def __init__(self, times, causes, count):
        frame = pd.DataFrame({"time": np.asarray(times, float), "cause": np.asarray(causes, int)})
        frame["censored"] = frame["cause"] == 0
        frame = frame.sort_values(["time", "censored", "cause"], kind="stable").reset_index(drop=True)
        self.times = frame["time"].to_numpy()
        self.curves = {}
        for cause in range(1, count + 1):
            if not (frame["cause"] == cause).any():
                self.curves[cause] = np.zeros(len(frame))
                continue
            ranks = np.arange(1, len(frame) + 1, dtype=float)
            fitted = self.fit(ranks, frame["cause"], cause)
            self.curves[cause] = fitted.reindex(ranks, method="ffill").to_numpy()
            if frame["time"].is_unique and frame["time"].min() > 0:
                plain = self.fit(frame["time"], frame["cause"], cause).reindex(frame["time"], method="ffill").to_numpy()
                assert np.abs(plain - self.curves[cause]).max() < 1e-12, "ranks and times give the same curve"

    @staticmethod
    def fit(times, causes, cause):
        fitter = AalenJohansenFitter(calculate_variance=False)
        return fitter.fit(times, causes, event_of_interest=cause).cumulative_density_.iloc[:, 0]

    def at(self, cause, time):
        last = np.searchsorted(self.times, time, side="right") - 1
        return 0.0 if last < 0 else self.curves[cause][last]

    def median(self, cause):
        reached = [t for t, f in zip(self.times, self.curves[cause]) if f >= 0.5 - 1e-12]
        return reached[0] if reached else math.inf


def ends(campaigns, gone):
    """The first of: gone (ended by the defender, or left), the objective; censored where an end can no longer be told."""
    times, causes = [], []
    for c in campaigns[campaigns["first_success_s"].notna()].itertuples():
        if c.watched_s <= 0:
            continue
        time, cause = c.watched_s, 0
        if not math.isnan(getattr(c, gone)) and getattr(c, gone) <= time:
            time, cause = getattr(c, gone), LEFT if c.end_state == "left" else ENDED
        if not math.isnan(c.time_to_objective_s) and c.time_to_objective_s <= time:
            time, cause = c.time_to_objective_s, OBJECTIVE
        times.append(time), causes.append(cause)
    return Incidence(times, causes, 3) if times else None


def detections(campaigns):
    times, causes = [], []
    for c in campaigns[campaigns["first_success_s"].notna()].itertuples():
        if not math.isnan(c.time_to_detect_s):
            times.append(c.time_to_detect_s), causes.append(1)
        elif not math.isnan(c.time_to_contain_s):
            times.append(c.time_to_contain_s), causes.append(2)
        else:
            times.append(c.follow_up_s), causes.append(0)
    return Incidence(times, causes, 2) if times else None


def counted(campaigns, everybody):
    """The campaigns that shares are over: those whose twin under none (same seed, same number) had a success."""
    none = everybody[everybody["defender"] == "none"]
    twins = none.assign(into=none["first_success_s"].notna()).groupby(["scenario", "seed", "campaign"])["into"].first()
    index = pd.MultiIndex.from_frame(campaigns[["scenario", "seed", "campaign"]])
    return campaigns[twins.reindex(index).fillna(True).astype(bool).to_numpy()]


def ratio(up, down):
    return up / down if down else None


def precision_recall_f1(episodes, campaigns):
    """Incidents by scikit-learn: precision counts incidents, recall campaigns."""
    false, all_ = episodes["false_incidents"].sum(), episodes["incidents"].sum()
    found = campaigns["detected"].sum()
    precision = precision_score([1, 0], [1, 1], sample_weight=[all_ - false, false]) if all_ else None
    recall = recall_score([1, 1], [1, 0], sample_weight=[found, len(campaigns) - found]) if len(campaigns) else None
    if precision is None or recall is None:
        return precision, recall, None
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def referred(episodes):
    """Episodes with what none and oracle cost on the same seed, in the same training where they were played so."""
    keys = ["scenario", "train_seed", "seed"]
    out = episodes
    for reference in ["none", "oracle"]:
        rows = episodes[episodes["defender"] == reference]
        out = out.merge(rows[keys + ["cost"]].rename(columns={"cost": reference}), on=keys, how="left")
        first = rows.sort_values("train_seed").drop_duplicates(["scenario", "seed"])
        by_seed = first.set_index(["scenario", "seed"])["cost"]
        index = pd.MultiIndex.from_frame(out[["scenario", "seed"]])
        out[reference] = out[reference].fillna(pd.Series(by_seed.reindex(index).to_numpy(), index=out.index))
    return out


def score(rows):
    return ratio((rows["none"] - rows["cost"]).sum(), (rows["none"] - rows["oracle"]).sum())


def figures(episodes, campaigns, everybody, tau):
    """What summary.csv and compare.csv say of one defender in one scenario, by (library, name)."""
    mean = lambda column: episodes[column].mean()
    precision, recall, f1 = precision_recall_f1(episodes, campaigns)
    out = {
        ("numpy", "score"): score(episodes),
        ("numpy", "cost"): mean("cost"), ("numpy", "damage"): mean("damage"),
        ("numpy", "disruption"): mean("disruption"), ("numpy", "action_cost"): mean("action_cost"),
        ("numpy", "analyst_hours"): mean("analyst_hours"), ("numpy", "return"): mean("return"),
        ("numpy", "actions"): episodes[[a for a in ACTIONS if a != "monitor"]].sum(axis=1).mean(),
        ("numpy", "false_per_100_host_days"): ratio(100 * episodes["false_incidents"].sum(), episodes["host_days"].sum()),
        ("scikit-learn", "incident_precision"): precision,
        ("scikit-learn", "incident_recall"): recall,
        ("scikit-learn", "incident_f1"): f1,
    }
    over = counted(campaigns, everybody)
    for state in STATES:
        out["numpy", state] = ratio((over["end_state"] == state).sum(), len(over))
    out["numpy", "objective"] = ratio(over["time_to_objective_s"].notna().sum(), len(over))
    for column in ["stopped", "access_s", "foothold_s", "spells", "goal_share"]:
        out["numpy", column] = ratio(over[column].sum(), len(over))
    contained, evicted = ends(campaigns, "time_to_contain_s"), ends(campaigns, "time_to_evict_s")
    if contained:
        spells = sorted(campaigns["median_spell_s"].dropna())
        out["lifelines", "contained_by_tau"] = contained.at(ENDED, tau)
        out["lifelines", "evicted_by_tau"] = evicted.at(ENDED, tau)
        out["lifelines", "objective_by_tau"] = contained.at(OBJECTIVE, tau)
        out["lifelines", "median_time_to_contain_s"] = contained.median(ENDED)
        out["lifelines", "median_time_to_evict_s"] = evicted.median(ENDED)
        out["lifelines", "median_time_to_detect_s"] = detections(campaigns).median(1)
        # The lower one of two in the middle: the earliest time by which half are over.
        out["numpy", "median_spell_s"] = np.quantile(spells, 0.5, method="inverted_cdf") if spells else None
    return out


def common_tau(tables, scenario):
    spans = [run["campaigns"].loc[run["campaigns"]["scenario"] == scenario, "tau_s"] for run in tables]
    spans = pd.concat(spans)
    return spans.min() if len(spans) else 0.0


def pick(frame, **where):
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame


# ---------------------------------------------------------------- checks


def check_summary(tables):
    """summary.csv and detection.csv of one run."""
    rows = tables["summary"]
    with_references = referred(tables["episodes"])
    for scenario in rows["scenario"].unique():
        tau = common_tau([tables], scenario)
        for defender in pick(rows, scenario=scenario)["defender"].unique():
            where = dict(scenario=scenario, defender=defender)
            mine = pick(rows, **where).set_index("metric")["value"]
            found = figures(pick(with_references, **where), pick(tables["campaigns"], **where), tables["campaigns"], tau)
            for (library, metric), theirs in found.items():
                # Where there is nothing to save there is no score, which takes an interval to know.
                if metric in mine and not (metric == "score" and math.isnan(mine[metric])):
                    check(library, f"summary {scenario} {defender} {metric}", mine[metric], theirs)
    for row in pick(tables["detection"], level="window").itertuples():
        truth, flagged = [1, 0, 1, 0], [1, 1, 0, 0]
        weights = [row.tp, row.fp, getattr(row, "fn"), row.tn]
        name = f"detection {row.scenario} {row.defender}"
        if row.tp + row.fp and row.tp + getattr(row, "fn"):
            check("scikit-learn", f"{name} precision", row.precision, precision_score(truth, flagged, sample_weight=weights))
            check("scikit-learn", f"{name} recall", row.recall, recall_score(truth, flagged, sample_weight=weights))
            check("scikit-learn", f"{name} f1", row.f1, f1_score(truth, flagged, sample_weight=weights))
            check("scikit-learn", f"{name} accuracy", row.accuracy, accuracy_score(truth, flagged, sample_weight=weights))
            check("scikit-learn", f"{name} fpr", row.fpr, 1 - recall_score([0, 0], [1, 0], pos_label=0, sample_weight=[row.fp, row.tn]))


def check_comparison(mats, paths):
    done = subprocess.run([mats, "compare", *map(str, paths), "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"mats compare failed: {done.stderr}")
    ours = json.loads(done.stdout)
    tables = [read(p) for p in paths]
    names = [run["name"] for run in ours["runs"]]
    with_references = [referred(t["episodes"]) for t in tables]
    rows = pd.DataFrame(ours["rows"])
    curves = pd.DataFrame(ours["curves"])

    for scenario, tau in ours["tau_s"].items():
        check("numpy", f"{scenario} tau", tau, common_tau(tables, scenario))
        for run, name in enumerate(names[1:], 1):
            shared = set.intersection(*(set(pick(t["episodes"], scenario=scenario)["seed"]) for t in (tables[0], tables[run])))
            for defender in pick(rows, scenario=scenario, run=name)["defender"].unique():
                where = dict(scenario=scenario, defender=defender)
                mine = pick(rows, **where, run=name).set_index("metric")
                sides = []
                for i in (0, run):
                    of = lambda frame: (lambda f: f[f["seed"].isin(shared)] if len(shared) > 1 else f)(pick(frame, **where))
                    sides.append(figures(of(with_references[i]), of(tables[i]["campaigns"]), tables[i]["campaigns"], tau))
                for (library, metric), base in sides[0].items():
                    row, new = mine.loc[metric], sides[1].get((library, metric))
                    label = f"{scenario} {defender} {metric} of {name}"
                    value = lambda v: None if v is None or pd.isna(v) else v
                    if metric == "score" and value(row["base_value"]) is None:
                        continue
                    check(library, label + ", base", value(row["base_value"]), base)
                    check(library, label, value(row["value"]), new)
                    if base is not None and new is not None:
                        check(library, label + ", difference", value(row["difference"]), new - base)
        for run, name in enumerate(names):
            if curves.empty:
                break
            for defender in pick(curves, scenario=scenario, run=name)["defender"].unique():
                mine = pick(tables[run]["campaigns"], scenario=scenario, defender=defender)
                contained, evicted = ends(mine, "time_to_contain_s"), ends(mine, "time_to_evict_s")
                for outcome, curve, cause in [("contained", contained, ENDED), ("evicted", evicted, ENDED), ("objective", contained, OBJECTIVE)]:
                    points = pick(curves, scenario=scenario, run=name, defender=defender, outcome=outcome)
                    for point in points.itertuples():
                        check("lifelines", f"curve {scenario} {defender} {name} {outcome}", point.value, curve.at(cause, point.time_s))
                    # No rise of theirs is left out of ours.
                    values = np.round([curve.at(cause, t) for t in np.unique(curve.times)], 12)
                    check("lifelines", f"rises {scenario} {defender} {name} {outcome}",
                          (points["value"] > 0).sum(), len(np.unique(values[values > 0])))

    for row in ours["improvement"]:
        run = names.index(row["run"])
        scores = []
        for i in (0, run):
            mine = pick(with_references[i], defender=row["defender"])
            scenarios = [s for s in mine["scenario"].unique()
                         if all((pick(w, defender=row["defender"], scenario=s)["train_seed"].nunique() > 1) for w in (with_references[0], with_references[run]))]
            scores.append(np.array([[score(pick(mine, scenario=s, train_seed=t)) for s in scenarios]
                                    for t in sorted(mine["train_seed"].unique())], float))
        base, new = scores
        label = f"{row['defender']} in {row['run']}"
        check("rliable", f"IQM of {label}, base", row["base_iqm"], rliable_metrics.aggregate_iqm(base))
        check("rliable", f"IQM of {label}", row["iqm"], rliable_metrics.aggregate_iqm(new))
        check("rliable", f"improvement of {label}", row["probability"], rliable_metrics.probability_of_improvement(new, base))

    verdicts = ours["verdicts"]
    assert ours["correction"]["family"] == len(verdicts)
    if verdicts:
        adjusted = multipletests([v["p"] if v["p"] is not None else 1.0 for v in verdicts], method="holm")[1]
        for verdict, theirs in zip(verdicts, adjusted):
            if verdict["p"] is not None:
                check("statsmodels", f"Holm {verdict['scenario']} {verdict['defender']}", verdict["p_holm"], theirs)
    return tables


def main():
    mats, given = sys.argv[1], [pathlib.Path(p) for p in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for run in (0, 1, 2):
            for scenario, trainings, ties in [("alpha", 5, 0), ("beta", 5, 1)]:
                dice = np.random.default_rng([run, ties])
                made_up(folder / f"run-{run}" / scenario, scenario, run, dice, trainings, ties)
        check_comparison(mats, [folder / f"run-{run}" for run in (0, 1, 2)])
        if len(given) == 1:
            changed(given[0], folder / "changed")
            given.append(folder / "changed")
        if given:
            tables = check_comparison(mats, given)
            check_summary(tables[0])
    for library, count in CHECKED.items():
        print(f"{library}: {count} figures")
    print(f"{len(FAILED)} differ by more than {TOLERANCE}" + "".join(f"\n  {f}" for f in FAILED[:20]))
    sys.exit(bool(FAILED))


if __name__ == "__main__":
    main()
