"""Kills small runs, at random and at every system call that changes a file; resumes each to the same bytes."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import small

CALLS = ["write", "fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir"]


def main():
    mats = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    dice = random.Random(1)
    failed = kills = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        scenario = small.scenario(folder)
        jobs = prepare(mats, scenario)
        for name, job in jobs.items():
            begun = time.monotonic()
            job.fresh()
            assert small.call(job.first)[0] == 0, name
            job.length = time.monotonic() - begun
            assert small.digest(job.out) == job.wanted, name
        for turn in range(count):
            name, job = list(jobs.items())[turn % len(jobs)]
            job.fresh()
            child = subprocess.Popen(job.first, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, job.length))
            child.send_signal(signal.SIGKILL)
            child.wait()
            kills += 1
            failed += job.check(f"{name}, killed at random, turn {turn}")
        for name, job in jobs.items():
            for call in CALLS:
                moments = times(job, call)
                print(f"{name}: {moments} × {call}", flush=True)
                for at in range(1, moments + 1):
                    job.fresh()
                    inject = f"inject={call}:signal=KILL:when={at}"
                    code, _ = small.call(["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, *job.first])
                    kills += 1
                    failed += job.check(f"{name}, killed at {call} {at} (exit {code})")
    print(f"{kills} kills, {failed} failed")
    return 1 if failed else 0


def times(job, call):
    """How often a command makes a system call."""
    job.fresh()
    with tempfile.NamedTemporaryFile() as log:
        small.call(["strace", "-f", "-o", log.name, "-e", f"trace={call}", *job.first])
        # What is written to a terminal or a pipe changes no file, but is as good a moment as any.
        return len(re.findall(rf"\b{call}\(", log.read().decode(errors="replace")))


class Job:
    """A command that writes a folder, what the folder holds before, and how it goes on after a kill."""

    def __init__(self, out, first, again, wanted, before=None):
        self.out, self.first, self.again, self.wanted, self.before = out, first, again, wanted, before

    def fresh(self):
        shutil.rmtree(self.out, ignore_errors=True)
        if self.before:
            shutil.copytree(self.before, self.out)

    def check(self, what):
        code, said = small.call(self.again)
        found = small.digest(self.out) if os.path.isdir(self.out) else {}
        if code == 0 and found == self.wanted:
            return 0
        unlike = [key for key in set(found) | set(self.wanted) if found.get(key) != self.wanted.get(key)]
        print(f"FAILED {what}: exit {code}, unlike: {unlike[:5]}, said: {said[-300:]}", flush=True)
        return 1


def prepare(mats, scenario):
    """The commands, and what each is to end with."""
    def made(args, out):
        code, said = small.call(args)
        assert code == 0, said
        return small.digest(out)

    first = small.command(mats, scenario, "ref")
    wanted = made(first, "ref")
    other = made(small.command(mats, scenario, "other", "--seed", "5"), "other")
    evaluate = [mats, "eval", scenario, "--from", "ref", "--out", "e", "--threads", "1", "--quiet"]
    evaluated = made(evaluate, "e")
    generate = [mats, "generate", scenario, "--out", "g", "--format", "all", "--episodes", "2", "--threads", "1", "--quiet"]
    generated = made(generate, "g")
    shutil.copytree("g", "g1")
    generate2 = [*generate[:2], *generate[2:], "--seed", "2", "--overwrite"]
    generated2 = made(generate2, "g")
    experiment = "[experiment]\nname = 'x'\nscenarios = ['small.toml']\ntrain_seeds = 2\nepisodes = 16\neval_episodes = 2\n"
    with open("x.toml", "w", encoding="utf-8") as file:
        file.write(experiment)
    sets = [part for setting in small.SETTINGS for part in ("--set", setting)]
    parts = []
    for part in ("1/2", "2/2"):
        out = f"part{part[0]}"
        parts.append(out)
        made([mats, "run", "x.toml", "--shard", part, "--out", out, "--threads", "1", "--quiet", *sets], out)
    merge = [mats, "merge", *parts, "--out", "m"]
    merged = made(merge, "m")
    run = small.command(mats, scenario, "r")
    over = small.command(mats, scenario, "r", "--seed", "5", "--overwrite")
    resume = small.command(mats, scenario, "r", "--seed", "5", "--resume")
    return {
        "run": Job("r", run, [*run, "--resume"], wanted),
        # Killed before anything was begun, the finished run stands there: only then it may still do so.
        "run --overwrite": Replaced("r", over, resume, other, "ref", over),
        "eval": Job("e", evaluate, [*evaluate, "--overwrite"], evaluated),
        "generate": Job("g", generate, [*generate, "--overwrite"], generated),
        "generate --overwrite": Job("g", generate2, generate2, generated2, "g1"),
        "merge": Job("m", merge, [*merge, "--overwrite"], merged),
    }


class Replaced(Job):
    """A run that replaces a finished one: until the new one is begun, the old one must be whole."""

    def __init__(self, out, first, again, wanted, before, anew):
        super().__init__(out, first, again, wanted, before)
        self.anew, self.old = anew, small.digest(before)

    def check(self, what):
        code, said = small.call(self.again)
        if code == 2 and "another value of `seed`" in said:
            found = {key: sum for key, sum in small.digest(self.out).items() if not key.startswith(".new")}
            if found != self.old and {k: v for k, v in found.items() if ".partial" not in k} != self.old:
                print(f"FAILED {what}: the old run is not whole", flush=True)
                return 1
            code, said = small.call(self.anew)
        found = small.digest(self.out)
        if code == 0 and found == self.wanted:
            return 0
        print(f"FAILED {what}: exit {code}, said: {said[-300:]}", flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
