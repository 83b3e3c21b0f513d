"""A small run, made in about a second, and how folders are compared."""

import hashlib
import os
import pathlib
import subprocess

SCENARIO = """
subnet = [ { name = "office" } ]
host = [
  { name = "pc", count = 3, subnet = "office", role = "workstation" },
  { name = "files", subnet = "office", role = "file-server", never_isolate = true },
]
user = [ { name = "clerk", count = 2, role = "office", hosts = "pc" } ]
[scenario]
name = "small"
title = "t"
description = "d"
horizon_hours = 3.0
start = "08:00"
weekday = "tuesday"
[campaigns]
onset_hours = [0.1, 1.0]
[[attack]]
name = "a"
step = [
  { id = "mail", technique = "T1566.001", target = { roles = ["workstation"] }, retries = 6, pause_minutes = 5.0 },
  { id = "rights", technique = "T1068", after = ["mail"], retries = 3, pause_minutes = 5.0 },
  { id = "carry", technique = "T1041", after = ["rights"], retries = 3, pause_minutes = 15.0, damage = 60.0, objective = true },
]
"""

SETTINGS = """
train.gather.episodes=24 train.detector.isolation_forest.trees=4 train.detector.forest.trees=4
train.detector.forest.max_rows=2000 train.detector.lstm.epochs=1 train.detector.lstm.max_events=1000
train.refine.validation=4 train.refine.starters=4 train.checkpoint_validation=4 train.validation=4
train.dqn.hidden=[8,8] train.updates=10 train.round=4 train.dqn.learning_starts=50 train.cuts=[0.3,0.6]
""".split()


def scenario(folder):
    """Writes the scenario into a folder."""
    path = pathlib.Path(folder) / "small.toml"
    path.write_text(SCENARIO)
    return str(path)


def command(mats, scenario, out, *more, seeds=1):
    """A run of a second."""
    sets = [part for setting in SETTINGS for part in ("--set", setting)]
    size = ["--episodes", "16", "--eval-episodes", "2", "--train-seeds", str(seeds), "--threads", "1", "--quiet"]
    return [mats, "run", scenario, "--out", str(out), *size, *sets, *more]


def call(args, **more):
    """Runs a command to its end; its exit code and what it said."""
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600, **more)
    return done.returncode, done.stdout.decode(errors="replace")


def digest(folder, without=("timing.json",)):
    """The SHA-256 of every file below a folder, by path."""
    folder = pathlib.Path(folder)
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = pathlib.Path(root) / name
            key = str(path.relative_to(folder))
            if key not in without:
                found[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
