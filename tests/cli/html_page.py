#!/usr/bin/env python3
"""html_page.py: reads a page of `dlbench report` as a browser would.

    html_page.py hostile RESULT.json OUT.json   a copy whose names, reasons and devices are as bad as they get
    html_page.py check PAGE.html [ID...]        well-formed, no id twice, no link that leads nowhere or out of the page, no script but its
                                                own, its data readable; sections of these ids are there. One line and exit 1 where not.
    html_page.py text PAGE.html                 what stands in it, without tags
"""
import json
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "input", "hr", "wbr"}
NAMES = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></style></script><script>alert(2)</script>",
    "<!--<script>",
    "]]></svg><svg onload=alert(1)>",
    "\u05e9\u05dc\u202e txet \u2066x\u2069",
    "fast \U0001f680 \u00b5s \u2713",
    "first\nsecond\r\n\tthird",
    "javascript:alert(1)",
    "{{7*7}} ${7*7} `id` $(id)",
    "&lt;b&gt; &amp; &#60;",
    "W" * 300,
]


def want(truth, what):
    if not truth:
        sys.exit(f"html_page.py: {what}")


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.text, self.scripts, self.faults = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name.startswith("on") or (value or "").lower().lstrip().startswith("javascript:"):
                self.faults.append(f"{tag} {name}={value}")
            if name in ("href", "src", "xlink:href", "action", "data"):
                self.links.append(value)
        if tag in ("iframe", "object", "embed", "base", "img", "link", "form", "foreignobject", "image"):
            self.faults.append(tag)
        if tag == "script":
            self.scripts.append([dict(attrs).get("type"), ""])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} in {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1][1] += data
        elif self.open and self.open[-1] != "style":
            self.text.append(data)


def read(path):
    page = Page()
    page.feed(open(path, "rb").read().decode("utf-8"))
    page.close()
    return page


def check(path, sections):
    page = read(path)
    want(not page.faults, f"{path}: {page.faults[:3]}")
    want(not page.open, f"{path}: never closed: {page.open}")
    want(len(set(page.ids)) == len(page.ids), f"{path}: an id is there twice")
    lost = [link for link in page.links if not link.startswith("#") or link[1:] not in page.ids]
    want(not lost, f"{path}: links to {lost[:3]}")
    want([kind for kind, _ in page.scripts] == ["application/json", None], f"{path}: {len(page.scripts)} scripts")
    want("alert(" not in page.scripts[1][1], f"{path}: a foreign script")
    data = json.loads(page.scripts[0][1])
    want(data["schema"].startswith("dlbench-"), f"{path}: the data have no schema")
    for section in sections:
        want(section in page.ids, f"{path}: no section {section}")


def hostile(source, target):
    result = json.load(open(source, encoding="utf-8"))
    record, device = result["results"][0], result["devices"][0]
    result["results"], result["devices"] = [], []
    for i, name in enumerate(NAMES):
        key = f"{name} {i}"
        device_key = f"fake:{name}"[:60].encode("utf-8")[:64].decode("utf-8", "ignore")
        result["devices"].append({**device, "key": device_key, "name": name, "runtime": name, "reason": name,
                                  "status": "ok" if i % 2 else "unavailable"})
        result["results"].append({**record, "key": key, "label": name[:120], "device": device_key,
                                  "workload": name[:30], "origin": name[:60], "implementation": name[:180],
                                  "flags": [name[:20]] if i % 3 == 0 else [], "status_reason": ""})
        result["results"].append({**record, "key": key + " failed", "label": name[:120], "device": device_key,
                                  "status": "failed", "status_detail": "crashed", "status_reason": name, "invocations": []})
        for block in result["results"][-2]["invocations"]:
            block.update(gated=i % 2 == 0, gate_reason=name[:90])
    result["suite"], result["reason"], result["complete"] = NAMES[0][:60], NAMES[3], False
    result["host"]["cpu_model"], result["host"]["virt"], result["tool"]["git"] = NAMES[1], NAMES[2], NAMES[5]
    result["host"][NAMES[0]] = NAMES[4]
    result["command"] = NAMES
    json.dump(result, open(target, "w", encoding="utf-8"))


if __name__ == "__main__":
    if sys.argv[1] == "hostile":
        hostile(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == "check":
        check(sys.argv[2], sys.argv[3:])
    elif sys.argv[1] == "text":
        print(" ".join(" ".join(read(sys.argv[2]).text).split()))
    else:
        sys.exit(__doc__)
