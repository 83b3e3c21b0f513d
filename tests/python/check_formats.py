#!/usr/bin/env python3
"""Reads a generated data set with other people's tools and checks that it is what it claims to be.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r tests/python/requirements.txt
    mats generate scenarios/ransomware.toml --out /tmp/set --format all --episodes 4
    /tmp/venv/bin/python tests/python/check_formats.py /tmp/set

| read by | what |
|---|---|
| zat, pandas | every Zeek log, as tab-separated text and as JSON; state, history, bytes and packets agree |
| stix2-validator, stix2 | the bundle: no errors, and it parses |
| pandas | CSV files, logins in LANL's columns, the register |
| json | Windows events against a recorded sample, field by field; what Sigma rules ask for |
| re | CVE ids, lines of syslog and auditd, Suricata rules |

Prints a line for each check and ends with exit code 1 if one failed. The recorded sample of Windows events is read from
../shared/data/windows-events beside the repository; where it is absent that check says so.
"""

import collections
import csv
import io
import json
import pathlib
import re
import sys
import warnings
import zipfile

import pandas as pd
import stix2
import stix2validator
from zat.log_to_dataframe import LogToDataFrame

LOGS = ["conn", "dns", "http", "ssl"]
FAILED = []
HERE = pathlib.Path(__file__).resolve().parents[2]


def check(name, right, detail=""):
    print(f"{'ok  ' if right else 'FAIL'} {name}{': ' if detail != '' else ''}{detail}")
    if not right:
        FAILED.append(name)


def lines(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


# ---------------------------------------------------------------- Zeek


def conn_consistent(conn):
    """Names of the rules that a conn.log breaks, with how many entries do."""
    bad = collections.Counter()
    for row in conn.to_dict("records"):
        state, history = row["conn_state"], row["history"]
        out, back = row.get("orig_bytes"), row.get("resp_bytes")
        out, back = (0 if pd.isna(n) else int(n) for n in (out, back))
        sent, got = int(row["orig_pkts"]), int(row["resp_pkts"])
        header = 28 if row["proto"] == "udp" else 40
        bad["packets without history"] += (sent > 0) != any(c.isupper() for c in history)
        bad["answers without history"] += (got > 0) != any(c.islower() for c in history)
        bad["bytes but no D in history"] += out > 0 and "D" not in history
        bad["answer but no d in history"] += back > 0 and "d" not in history
        bad["D in history but no bytes"] += "D" in history and out == 0 and not pd.isna(row.get("orig_bytes"))
        bad["bytes beyond packets"] += out > sent * 1460 or back > got * 1460
        bad["IP bytes are not payload and headers"] += (
            not pd.isna(row.get("orig_bytes")) and int(row["orig_ip_bytes"]) != out + sent * header
        )
        if row["proto"] == "tcp":
            bad["S0 with an answer"] += state == "S0" and (got > 0 or history != "S")
            bad["REJ without a reset"] += state == "REJ" and history != "Sr"
            bad["SF without two ends"] += state == "SF" and not (history.startswith("Sh") and "F" in history and "f" in history)
            bad["RSTO without a reset"] += state == "RSTO" and not history.endswith("R")
            bad["RSTR without a reset"] += state == "RSTR" and not history.endswith("r")
            bad["S1 with an end"] += state == "S1" and any(c in history for c in "FfRr")
        bad["service of a refused connection"] += state in ("S0", "REJ") and row["proto"] == "tcp" and isinstance(row.get("service"), str)
    return {rule: count for rule, count in bad.items() if count}


def zeek(folder):
    frames = {}
    for log in LOGS:
        path = folder / f"{log}.log"
        if path.exists() and path.stat().st_size:
            frames[log] = pd.read_json(path, lines=True, dtype=False)
            check(f"{folder.name} {log}.log as JSON", len(frames[log]) > 0, f"{len(frames[log])} entries")
    tsv = {}
    for log in LOGS:
        path = folder / "zeek-tsv" / f"{log}.log"
        if not path.exists():
            continue
        with warnings.catch_warnings(record=True) as complaints:
            warnings.simplefilter("always")
            tsv[log] = LogToDataFrame().create_dataframe(str(path))
        # What pandas will change some day is not about the file.
        complaints = [str(c.message) for c in complaints if not issubclass(c.category, (DeprecationWarning, FutureWarning, PendingDeprecationWarning))]
        check(f"{folder.name} {log}.log through zat", not complaints, complaints[:2] or f"{len(tsv[log])} entries")
        if log in frames:
            check(f"{folder.name} {log}.log alike", list(tsv[log]["uid"]) == list(frames[log]["uid"]), "uids of TSV and JSON")
    for kind, logs in [("JSON", frames), ("TSV", tsv)]:
        if "conn" not in logs:
            continue
        bad = conn_consistent(logs["conn"].reset_index())
        check(f"{folder.name} conn.log {kind} consistent", not bad, bad or dict(logs["conn"]["conn_state"].value_counts()))
        uids = set(logs["conn"]["uid"])
        check(f"{folder.name} conn.log {kind} uids", len(uids) == len(logs["conn"]), "are unique")
        ends = ["uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"]
        five = set(map(tuple, logs["conn"][ends].astype(str).to_numpy()))
        for log in LOGS[1:]:
            if log in logs and len(logs[log]):
                other = set(map(tuple, logs[log][ends].astype(str).to_numpy()))
                check(f"{folder.name} {log}.log {kind} in conn.log", other <= five, f"{len(other)} connections")
    if "dns" in frames and "ssl" in frames:
        names = collections.defaultdict(set)
        for query, answers in zip(frames["dns"]["query"], frames["dns"]["answers"]):
            if isinstance(answers, list):
                names[query].update(answers)
        seen = [(n, a) for n, a in zip(frames["ssl"].get("server_name", []), frames["ssl"]["id.resp_h"]) if n in names]
        check(f"{folder.name} answers lead to servers", all(a in names[n] for n, a in seen), f"{len(seen)} handshakes")
    return {row for frame in frames.values() for row in frame["uid"]}


# ---------------------------------------------------------------- Windows

# What Sigma rules for windows/security, sysmon, powershell, … ask for most.
SIGMA = {
    1: "Image ParentImage CommandLine ParentCommandLine User IntegrityLevel OriginalFileName Hashes CurrentDirectory",
    5: "Image ProcessId",
    7: "Image ImageLoaded Signed Signature",
    8: "SourceImage TargetImage StartModule StartFunction",
    10: "SourceImage TargetImage GrantedAccess CallTrace",
    11: "Image TargetFilename",
    13: "Image TargetObject Details EventType",
    23: "Image TargetFilename",
    4624: "LogonType TargetUserName TargetDomainName IpAddress WorkstationName LogonProcessName AuthenticationPackageName SubjectUserName SubjectUserSid TargetUserSid ProcessName KeyLength",
    4625: "LogonType TargetUserName IpAddress Status SubStatus FailureReason WorkstationName",
    4634: "TargetUserName TargetLogonId LogonType",
    4648: "SubjectUserName TargetUserName TargetServerName ProcessName IpAddress",
    4672: "SubjectUserName SubjectLogonId PrivilegeList",
    4697: "ServiceName ServiceFileName ServiceStartType ServiceAccount",
    4698: "TaskName TaskContent SubjectUserName",
    4720: "TargetUserName SubjectUserName SamAccountName TargetSid",
    4732: "TargetUserName MemberSid TargetSid SubjectUserName",
    4740: "TargetUserName TargetDomainName SubjectUserName",
    4769: "ServiceName TargetUserName TicketEncryptionType TicketOptions IpAddress Status",
    5145: "ShareName RelativeTargetName IpAddress SubjectUserName AccessMask",
    1102: "SubjectUserName",
    4104: "ScriptBlockText ScriptBlockId Path",
    6416: "DeviceId DeviceDescription ClassName",
    4662: "SubjectUserName ObjectType Properties AccessMask OperationType ObjectServer",
    4739: "DomainPolicyChanged DomainName SubjectUserName",
    1074: "param1 param5 param7",
    5001: "Channel EventID",
}

# Fields that shippers add, or that only describe this one event in words.
FOREIGN = {"host", "port", "tags", "@version", "Message", "ERROR_EVT_UNRESOLVED", "ActivityID"}


def windows(folder):
    seen, fields, uids = collections.Counter(), {}, set()
    numbers = collections.defaultdict(list)
    for event in lines(folder / "windows.ndjson"):
        key = (event["Channel"], event["EventID"])
        seen[key] += 1
        fields[key] = fields.get(key, set(event)) & set(event)
        numbers[(event["Hostname"], event["Channel"])].append(event["RecordNumber"])
        uids.add(event["uid"])
    check(f"{folder.name} windows.ndjson", len(seen) > 5, f"{sum(seen.values())} events of {len(seen)} kinds")
    steps = all(b == a + 1 for column in numbers.values() for a, b in zip(column, column[1:]))
    check(f"{folder.name} RecordNumber", steps, "goes up by one in every channel of every machine")
    for (channel, number), present in sorted(fields.items()):
        wanted = {"EventID", "Channel", "Computer", "Hostname"} | set(SIGMA.get(number, "").split())
        check(f"{folder.name} Sigma {channel} {number}", not wanted - present, sorted(wanted - present) or f"{len(wanted)} fields")
    return fields, uids


def against_sample(fields):
    zips = list((HERE.parent / "shared/data/windows-events").glob("*.zip"))
    if not zips:
        print("skip Windows events against the recorded sample: ../shared/data/windows-events is absent")
        return
    real = {}
    with zipfile.ZipFile(zips[0]) as archive:
        for name in archive.namelist():
            for line in io.TextIOWrapper(archive.open(name), encoding="utf-8"):
                event = json.loads(line)
                key = (event["Channel"], event["EventID"])
                real[key] = real.get(key, set(event)) & set(event)
    both = sorted(set(real) & set(fields))
    share = 0
    for key in both:
        wanted = real[key] - FOREIGN
        missing = wanted - fields[key]
        share += len(wanted & fields[key]) / len(wanted)
        check(f"real {key[0]} {key[1]}", len(missing) <= 0.1 * len(wanted),
              f"{len(wanted) - len(missing)} of {len(wanted)} fields" + (f", without {sorted(missing)}" if missing else ""))
    print(f"     coverage of the recorded sample's fields: {100 * share / max(1, len(both)):.1f} % over {len(both)} kinds of events")


# ---------------------------------------------------------------- Linux

SYSLOG = re.compile(r"^[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d [\w.-]+ [\w./-]+(\[\d+\])?: .+$")
AUDIT = re.compile(r"^node=[\w.-]+ type=[A-Z_]+ msg=audit\(\d+\.\d{3}:\d+\): .+$")


def linux(folder):
    named = list(csv.DictReader(open(folder / "linux-uids.csv")))
    for name, form in [("auth.log", SYSLOG), ("audit.log", AUDIT)]:
        text = (folder / name).read_text().splitlines()
        bad = [line for line in text if not form.match(line)]
        check(f"{folder.name} {name}", not bad, bad[:1] or f"{len(text)} lines")
        check(f"{folder.name} {name} uids", [int(r["line"]) for r in named if r["file"] == name] == list(range(1, len(text) + 1)), "one a line")
    return {row["uid"] for row in named}


# ---------------------------------------------------------------- intelligence


def intelligence(folder):
    path = folder / "indicators.stix.json"
    results = stix2validator.validate_file(str(path), stix2validator.ValidationOptions(version="2.1"))
    objects = [r for r in results.object_results]
    errors = [str(e) for r in objects for e in (r.errors or [])]
    notes = [str(w) for r in objects for w in (r.warnings or [])]
    check(f"{folder.name} stix2-validator", results.is_valid and not errors, errors[:3] or f"0 errors, {len(notes)} warnings")
    bundle = stix2.parse(path.read_text())
    kinds = collections.Counter(o["type"] for o in bundle.objects)
    check(f"{folder.name} stix2.parse", len(bundle.objects) > 0, dict(kinds))
    known = {o["id"] for o in bundle.objects}
    refs = [o[key] for o in bundle.objects for key in ("source_ref", "target_ref", "sighting_of_ref", "created_by_ref") if key in o]
    check(f"{folder.name} references", all(r in known for r in refs), f"{len(refs)} within the bundle")
    rules = (folder / "signatures.rules").read_text().splitlines()
    form = re.compile(r"^alert (ip|dns|tls) \S+ any (->|<>) \S+ any \(msg:\"[^\";]+\"; .*sid:\d+; rev:1;\)$")
    check(f"{folder.name} signatures.rules", all(form.match(r) for r in rules), f"{len(rules)} rules")
    sids = [re.search(r"sid:(\d+);", r).group(1) for r in rules]
    check(f"{folder.name} signature numbers", len(sids) == len(set(sids)), "are unique")
    for warning in collections.Counter(re.sub(r"[0-9a-f-]{36}", "…", n) for n in notes).most_common(3):
        print("     warning:", warning)


CVE = re.compile(r"^CVE-\d{4}-\d{4,}$")


def register(root):
    if (root / "inventory.csv").exists():
        tables = {p: pd.read_csv(root / f"{p}.csv") for p in ["inventory", "users", "software", "patches", "vulnerabilities", "policy"]}
        check("register", all(len(t) for n, t in tables.items() if n != "vulnerabilities"), {n: len(t) for n, t in tables.items()})
        check("CVE ids of the register", all(CVE.match(c) for c in tables["vulnerabilities"]["cve"]), f"{tables['vulnerabilities']['cve'].nunique()} of them")
        whole = json.loads((root / "inventory.json").read_text())
        check("inventory.json", len(whole["hosts"]) == len(tables["inventory"]), f"{len(whole['hosts'])} hosts")
    path = root / "known_exploited_vulnerabilities.json"
    if path.exists():
        ours = json.loads(path.read_text())
        check("KEV", ours["count"] == len(ours["vulnerabilities"]) and all(CVE.match(v["cveID"]) for v in ours["vulnerabilities"]), f"{ours['count']} entries")
        sample = HERE.parent / "shared/data/kev/known_exploited_vulnerabilities.json"
        if sample.exists() and ours["count"]:
            real = json.loads(sample.read_text())
            same = set(real) == set(ours) and set(real["vulnerabilities"][0]) == set(ours["vulnerabilities"][0])
            check("KEV keys", same, "are those of CISA's catalogue")


# ---------------------------------------------------------------- CSV, ECS, truth

LANL = ["time", "source user@domain", "destination user@domain", "source computer", "destination computer",
        "authentication type", "logon type", "authentication orientation", "success/failure"]


def tables(folder):
    frames = {n: pd.read_csv(folder / f"{n}.csv") for n in ["flows", "events", "logins", "config", "intel"]}
    check(f"{folder.name} CSV", all("id" in f for f in frames.values()), {n: len(f) for n, f in frames.items()})
    auth = pd.read_csv(folder / "auth.csv", header=None, names=LANL)
    check(f"{folder.name} LANL", len(auth) == len(frames["logins"]) and not auth.isna().any().any(), f"{len(auth)} rows of {auth.shape[1]} columns")
    check(f"{folder.name} LANL values", auth["success/failure"].isin(["Success", "Fail"]).all()
          and (auth["success/failure"].eq("Success").to_numpy() == frames["logins"]["success"].to_numpy()).all()
          and auth["source user@domain"].str.contains("@").all() and auth["time"].ge(1).all(), "as in logins.csv")
    changes = pd.read_csv(folder / "changes.csv")
    check(f"{folder.name} changes.csv", len(changes) == len(frames["config"]), f"{len(changes)} changes")
    return {int(i) for f in frames.values() for i in f["id"]}, set(changes["uid"])


def ecs(folder):
    uids, kinds = set(), collections.Counter()
    for entry in lines(folder / "events.ecs.ndjson"):
        assert entry["ecs"]["version"] == "8.11.0" and entry["event"]["kind"] == "event"
        assert entry["@timestamp"] <= entry["event"]["created"]
        uids.add(entry["event"]["id"])
        kinds[entry["event"]["category"][0]] += 1
    check(f"{folder.name} ECS", sum(kinds.values()) == len(uids), dict(kinds))
    return uids


def episode(folder):
    uids, found, ids, fields = set(), set(), None, {}
    if (folder / "conn.log").exists() or (folder / "zeek-tsv").exists():
        found |= zeek(folder)
    if (folder / "windows.ndjson").exists():
        fields, uids = windows(folder)
        found |= uids
    if (folder / "auth.log").exists():
        found |= linux(folder)
    if (folder / "indicators.stix.json").exists():
        intelligence(folder)
    if (folder / "flows.csv").exists():
        ids, changed = tables(folder)
        found |= changed
    if (folder / "events.ecs.ndjson").exists():
        entries = ecs(folder)
        check(f"{folder.name} windows.ndjson within ECS", uids <= entries, f"{len(uids)} events")
        found |= entries
    truth = pd.read_csv(folder / "truth.csv", keep_default_na=False)
    check(f"{folder.name} truth.csv", list(truth) == ["id", "uid", "label", "campaign", "step", "technique", "host", "user"], f"{len(truth)} malicious records")
    if ids is not None:
        check(f"{folder.name} truth joins CSV", set(truth["id"]) <= ids, "by id")
    if (folder / "conn.log").exists() and (folder / "events.ecs.ndjson").exists():
        check(f"{folder.name} truth joins Zeek and ECS", set(truth["uid"]) <= found, "by uid")
        if fields and len(truth):
            part = len(set(truth["uid"]) & uids)
            print(f"     {part} malicious events in windows.ndjson")
    return fields


def main():
    root = pathlib.Path(sys.argv[1])
    register(root)
    fields = {}
    for folder in sorted(root.glob("episode-*")):
        for key, present in episode(folder).items():
            fields[key] = fields.get(key, present) & present
    if fields:
        against_sample(fields)
    print(f"{len(FAILED)} checks failed" + (": " + "; ".join(FAILED) if FAILED else ""))
    sys.exit(bool(FAILED))


if __name__ == "__main__":
    main()
