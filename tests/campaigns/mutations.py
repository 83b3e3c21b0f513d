"""Changes files of a finished run, and asks everything that reads one: none may show another figure in silence."""

import hashlib
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile

import small

READERS = [
    ["compare", "run", "whole", "--json"],
    ["report", "run", "--overwrite"],
    ["eval", "small.toml", "--from", "run", "--out", "e", "--overwrite", "--json", "--quiet", "--threads", "1"],
    ["replay", "run", "--episode", "1", "--follow"],
    ["run", "--repeat", "run", "--out", "again", "--overwrite", "--json", "--quiet", "--threads", "1"],
    ["verify", "run"],
]


def main():
    mats = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    dice = random.Random(1)
    counts = {"refused": 0, "same figures": 0, "resealed, refused": 0, "resealed, same figures": 0}
    silent = resealed_silent = crashed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        scenario = small.scenario(folder)
        assert small.call(small.command(mats, scenario, "whole"))[0] == 0
        shutil.copytree("whole", "run")
        wanted = [shown(mats, reader) for reader in READERS]
        names = [p for p in pathlib.Path("whole").rglob("*") if p.is_file() and p.name != "timing.json"]
        for turn in range(count):
            shutil.rmtree("run")
            shutil.copytree("whole", "run")
            path = pathlib.Path("run") / dice.choice(sorted(names)).relative_to("whole")
            what = mutate(path, dice)
            reseals = turn % 2 == 1 and path.name != "SHA256SUMS"
            if reseals:
                reseal(pathlib.Path("run"))
            found = [shown(mats, reader) for reader in READERS]
            label = "resealed, " if reseals else ""
            for reader, (code, text), (_, before) in zip(READERS, found, wanted):
                if code not in (0, 1, 2) or "panicked" in text:
                    print(f"CRASHED {what} in {path}: {reader[0]} {code} {text[-300:]}", flush=True)
                    crashed += 1
                elif code == 0 and text != before and not loud(text, before):
                    if reseals:
                        # Whoever makes the sums anew may change what stands on its own: told apart, not failed.
                        resealed_silent += 1
                        print(f"resealed {what} in {path}: {reader[0]} shows other figures", flush=True)
                    else:
                        print(f"SILENT {what} in {path}: {reader[0]} shows other figures", flush=True)
                        silent += 1
            counts[label + ("refused" if any(code for code, _ in found) else "same figures")] += 1
    print(f"{count} mutations: {counts}; {silent} silent, {crashed} crashes; {resealed_silent} readings with sums made anew differ")
    return 1 if silent or crashed else 0


def shown(mats, reader):
    """The exit code of a reader and the figures it shows."""
    code, text = small.call([mats, *reader])
    if code == 0 and reader[0] == "report":
        text = pathlib.Path("run/report.html").read_text(encoding="utf-8")
    if code == 0 and reader[0] == "run":
        text += str(sorted(small.digest("again").items()))
    # How long it took is no figure of the run.
    return code, re.sub(r'"seconds": [0-9.e-]+|[0-9.]+ s\b', "", text)


def loud(text, before):
    """Tells whether what is new is said to be not as it was."""
    return "NOT" in text and "NOT" not in before or "not the episode that the run counted" in text


def reseal(run):
    """Makes the sums anew, as whoever changes a file on purpose may."""
    sums = run / "SHA256SUMS"
    names = [line.split("  ", 1)[1] for line in sums.read_text().splitlines()]
    sums.write_text("".join(f"{hashlib.sha256((run / n).read_bytes()).hexdigest()}  {n}\n" for n in names))


def mutate(path, dice):
    """Changes a file; says how."""
    data = bytearray(path.read_bytes())
    kind = dice.choice(["bit", "cut", "zeros", "line", "number"])
    at = dice.randrange(len(data)) if data else 0
    if kind == "bit" and data:
        data[at] ^= 1 << dice.randrange(8)
    elif kind == "cut":
        data = data[:at]
    elif kind == "zeros":
        data[at : at + 512] = bytes(len(data[at : at + 512]))
    elif kind == "line":
        lines = bytes(data).splitlines(keepends=True)
        pick = dice.randrange(len(lines)) if lines else 0
        data = b"".join(lines[: pick + 1] + lines[pick:])
    else:
        found = list(re.finditer(rb"\d+(?:\.\d+)?", bytes(data)))
        if not found:
            data = data + b"7"
        else:
            number = dice.choice(found)
            other = str(dice.randrange(10_000)).encode()
            data = bytes(data[: number.start()]) + other + bytes(data[number.end() :])
    path.write_bytes(bytes(data))
    return kind


if __name__ == "__main__":
    sys.exit(main())
