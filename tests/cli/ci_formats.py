#!/usr/bin/env python3
"""ci_formats.py: reads the outputs of `dlbench check` as a CI system would, with other people's parsers where there are any.

    ci_formats.py hostile CHECK.json OUT.json    a copy whose names are as bad as they get
    ci_formats.py openmetrics FILE RUN.json      the same of a run
    ci_formats.py FORMAT FILE CHECK.json         junit, codequality, sarif, openmetrics, github or md: does FILE say what
                                                 CHECK.json holds, name by name? One line and exit 1 where it does not.
"""
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree

NAMES = [
    'say "hello" & it\'s <gone>',
    "<script>alert(1)</script>",
    "]]><!--x--><testcase name='forged'/>",
    "::error::forged",
    "first\n::error::forged\r\n##[error]third",
    "a | b `c` *d* _e_ [f](http://g) @everyone #1",
    "\u05e9\u05dc\u202e txet \u2066x\u2069",
    "fast \U0001f680 \u00b5s \u2713 \ufffe",
    "tab\there\x01\x1b[31mred\x7f\x9b",
    'C:\\path\\n"}{label="x"',
    "%0A%25, key:value",
    "</details></table>${IFS}$(id)`id`",
    "L" * 127,
]
FINDINGS = {
    "failed": ("error", "blocker"),
    "regressed": ("error", "critical"),
    "inconclusive": ("warning", "minor"),
    "incomparable": ("warning", "minor"),
    "missing": ("warning", "minor"),
    "not_measured": ("warning", "minor"),
    "slower_within_tolerance": ("note", "info"),
}


def want(truth, what):
    if not truth:
        sys.exit(f"ci_formats.py: {what}")


def clean(text, noncharacters=False):
    """What of a text may be shown: the rule of dlb_report_clean."""
    turns = {"\u2028", "\u2029", *map(chr, range(0x200B, 0x2010)), *map(chr, range(0x202A, 0x202F)),
             *map(chr, range(0x2066, 0x206A))}
    text = "".join("?" if unicodedata.category(c) == "Cc" or c in turns else c for c in text)
    return re.sub("[\ufffe\uffff]", "???", text) if noncharacters else text


def findings(check):
    return [row for row in check["verdicts"] if row["verdict"] in FINDINGS]


def hostile(source, target):
    check = json.load(open(source, encoding="utf-8"))
    row, record = check["verdicts"][0], check["results"][0]
    verdicts = list(FINDINGS) + ["pass", "improved", "new", "faster_within_tolerance"]
    check["verdicts"], check["results"] = [], []
    for i, name in enumerate(NAMES):
        key = f"{name} {i}@fake:0"
        check["verdicts"].append({**row, "key": key, "label": name, "device": name[:20], "reason": name,
                                  "verdict": verdicts[i % len(verdicts)]})
        check["results"].append({**record, "key": key, "label": name})
    check["suite"] = NAMES[2][:60]
    check["reason"] = NAMES[4]
    check["host"]["cpu_model"] = NAMES[1]
    check["check"]["a"]["program"] = NAMES[5]
    json.dump(check, open(target, "w", encoding="utf-8"))


def junit(path, check):
    suites = ElementTree.parse(path).getroot()
    want(suites.tag == "testsuites" and len(suites) == 1, "wanted one suite")
    suite = suites[0]
    cases = suite.findall("testcase")
    want([c.get("name") for c in cases] == [clean(row["key"], True) for row in check["verdicts"]], "the names differ")
    want(len({c.get("name") for c in cases}) == len(cases), "a name is there twice")
    outcomes = {"failed": "error", "regressed": "failure", "inconclusive": "skipped", "incomparable": "skipped",
                "missing": "skipped", "new": "skipped", "not_measured": "skipped"}
    counts = {"error": 0, "failure": 0, "skipped": 0}
    for case, row in zip(cases, check["verdicts"]):
        outcome = outcomes.get(row["verdict"])
        want([child.tag for child in case] == ([outcome] if outcome else []), f"{row['verdict']}: {list(case)}")
        if outcome:
            counts[outcome] += 1
            want(case[0].text.startswith(clean(row["label"], True) + "\n"), "the label is not in the text")
            want(row["reason"] == "" or clean(row["reason"], True) in case[0].get("message"), "the reason is lost")
        if row["median_b_ns"] is not None:
            want(abs(float(case.get("time")) - row["median_b_ns"] * 1e-9) < 1e-9, "the time differs")
    want(int(suite.get("tests")) == len(cases), "tests=")
    want([int(suite.get(n)) for n in ("errors", "failures", "skipped")] == list(counts.values()), "the sums differ")
    want(suite.find("properties") is not None, "no properties")


def codequality(path, check):
    issues = json.load(open(path, encoding="utf-8"))
    rows = findings(check)
    want(isinstance(issues, list) and len(issues) == len(rows), f"{len(issues)} issues, wanted {len(rows)}")
    for issue, row in zip(issues, rows):
        want(set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}, "members")
        want(issue["severity"] == FINDINGS[row["verdict"]][1], "severity")
        want(clean(row["label"]) in issue["description"], "the label is lost")
        want(re.fullmatch("[0-9a-f]{16}", issue["fingerprint"]), "fingerprint")
        place = issue["location"]["path"]
        want(not place.startswith("/") and ".." not in place and issue["location"]["lines"]["begin"] == 1, "location")
    want(len({i["fingerprint"] for i in issues}) == len(issues), "a fingerprint is there twice")


def sarif(path, check):
    """What the standard requires (3.13 to 3.28), and what GitHub requires beyond it."""
    log = json.load(open(path, encoding="utf-8"))
    want(log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json"), "version")
    want(len(log["runs"]) == 1, "runs")
    run = log["runs"][0]
    driver = run["tool"]["driver"]
    want(driver["name"] == "dlbench" and driver["version"], "driver")
    rules = driver["rules"]
    want(len({r["id"] for r in rules}) == len(rules), "a rule is there twice")
    for rule in rules:
        want(rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["text"], "rule")
        want(rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error"), "level")
    rows = findings(check)
    want(len(run["results"]) == len(rows), f"{len(run['results'])} results, wanted {len(rows)}")
    for result, row in zip(run["results"], rows):
        want(rules[result["ruleIndex"]]["id"] == result["ruleId"] == row["verdict"], "ruleIndex")
        want(result["level"] == FINDINGS[row["verdict"]][0], "level")
        want(clean(row["label"]) in result["message"]["text"], "the label is lost")
        want(list(result["partialFingerprints"].values())[0], "partialFingerprints")
        place = result["locations"][0]["physicalLocation"]
        want(re.fullmatch(r"[A-Za-z0-9._~/-]+", place["artifactLocation"]["uri"]), "uri")
        want(place["region"]["startLine"] >= 1, "startLine")
        want(result["properties"]["effect"] == row["effect"], "effect")
    want(run["invocations"][0]["exitCode"] == check["exit_code"], "exitCode")
    want(isinstance(run["invocations"][0]["executionSuccessful"], bool), "executionSuccessful")


def labels_of(text):
    """'a="b",c="d"' by the grammar of OpenMetrics; escapes are \\\\, \\" and \\n."""
    found, rest = {}, text
    while rest:
        match = re.match(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)', rest)
        want(match, f"labels: {rest[:80]}")
        value = re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), match.group(2))
        found[match.group(1)] = value
        rest = rest[match.end():]
    return found


def openmetrics(path, check):
    lines = open(path, encoding="utf-8", newline="\n").read().split("\n")
    want(lines[-2:] == ["# EOF", ""] and lines.count("# EOF") == 1, "the end")
    family, kind, seen, series, verdicts = None, None, set(), set(), {}
    for line in lines[:-2]:
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            if word == "TYPE":
                want(name not in seen, f"{name} comes twice")
                seen.add(name)
                family, kind = name, rest
            want(name == family, f"{line}: not in its family")
            want(word != "UNIT" or name.endswith("_" + rest), f"{name} does not end in its unit")
            continue
        match = re.fullmatch(r"([a-z_]+)\{(.*)\} (\S+)", line)
        want(match, f"a sample? {line[:120]}")
        name, labels, value = match.group(1), labels_of(match.group(2)), float(match.group(3))
        want(name == family + ("_info" if kind == "info" else ""), f"{name} is not in the family {family}")
        identity = (name, tuple(sorted(labels.items())))
        want(identity not in series, f"{line} comes twice")
        series.add(identity)
        if kind == "stateset" and value == 1:
            want(labels["case"] not in verdicts, "two states at once")
            verdicts[labels["case"]] = labels[family]
    if "verdicts" in check:
        want(verdicts == {clean(row["key"]): row["verdict"] for row in check["verdicts"]}, "the verdicts differ")
    else:
        want(verdicts == {clean(row["key"]): row["status"] for row in check["results"]}, "the statuses differ")


def github(path, check):
    """As the runner reads it: ActionCommand.TryParseV2 and its table of escapes."""
    lines = open(path, encoding="utf-8", newline="\n").read().split("\n")
    want(lines.pop() == "" and len(lines) <= 10, f"{len(lines)} annotations")
    labels = {clean(row["label"]) for row in check["verdicts"]}
    ranks = {"error": 0, "warning": 1, "notice": 2}
    last = 0
    for line in lines:
        match = re.fullmatch(r"::(\w+) ([^\r\n]*?)::([^\r\n]*)", line)
        want(match, f"no command: {line}")
        want(ranks[match.group(1)] >= last, "the worst does not come first")
        last = ranks[match.group(1)]
        want("::" not in match.group(2), "properties")
        values = dict(part.split("=", 1) for part in match.group(2).split(","))
        title = values["title"]
        for escaped, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            title = title.replace(escaped, sign)
        want(any(title.endswith(": " + label) for label in labels), f"title: {title}")


def md(path, check):
    text = open(path, encoding="utf-8").read()
    want(len(text) <= 65536, "too long")
    rows = [line for line in text.split("\n") if line.startswith("| <code>")]
    want(len(rows) == len(check["verdicts"]), f"{len(rows)} rows, wanted {len(check['verdicts'])}")
    shown = sorted(re.sub(r"&#(\d+);", lambda m: chr(int(m.group(1))), row.split("</code>")[0][8:]) for row in rows)
    want(shown == sorted(clean(row["label"] or row["key"]) for row in check["verdicts"]), "the names differ")
    want(not re.search(r"<(?!/?(code|details|summary|sub)>|br>|!-- dlbench-check -->)", text), "a foreign tag")


if __name__ == "__main__":
    if sys.argv[1] == "hostile":
        hostile(sys.argv[2], sys.argv[3])
    else:
        formats = {f.__name__: f for f in (junit, codequality, sarif, openmetrics, github, md)}
        formats[sys.argv[1]](sys.argv[2], json.load(open(sys.argv[3], encoding="utf-8")))
