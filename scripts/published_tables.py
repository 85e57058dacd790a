#!/usr/bin/env python3
"""published_tables.py FOLDER OUT: makes the data files of bench/store/data/published from tables of others.

FOLDER holds the tables as CSV: deepbench_published_{gemm,conv,rnn,sparse_gemm,allreduce}.csv (typed from DeepBench's
sheets), mlperf_published_offline_singlestream.csv (from the logs of the result repositories), paradnn_published_fc.csv
(from ParaDnn's JSON). It is run when such a table changes; the build only copies what it wrote to OUT.

A file says of its columns how a row becomes a problem of dlbench (`problem`, a text with the columns in braces) and which columns are times
(`measures`). A problem that a run has twice is kept once, the first; `note` says how many were left out.
"""
import collections
import csv
import json
import pathlib
import re
import sys

TYPES = {  # how DeepBench's sheets call them
    "Float": "f32",
    "float": "f32",
    "as published (ARM, Eigen)": "f32",
    "int8 in, 32-bit accumulate": "s8",
    "16 bit inputs, 32 bit multiplication, 32 bit addition": "f16",
    "16 bit inputs, 16 bit multiplication, 32 bit addition": "f16",
}

PROCESSORS = {  # DeepBench's names: id, name, kind, vendor, catalogue
    "AMD_MI25": ("mi25", "AMD Radeon Instinct MI25", "gpu", "AMD", ""),
    "AMD_VegaFE": ("vega-fe", "AMD Radeon Vega Frontier Edition", "gpu", "AMD", ""),
    "IA_KNL7250": ("xeon-phi-7250", "Intel Xeon Phi 7250", "cpu", "Intel", ""),
    "NV_1080Ti": ("gtx-1080-ti", "NVIDIA GeForce GTX 1080 Ti", "gpu", "NVIDIA", ""),
    "NV_M40": ("m40", "NVIDIA Tesla M40", "gpu", "NVIDIA", ""),
    "NV_P100": ("p100", "NVIDIA Tesla P100", "gpu", "NVIDIA", ""),
    "NV_T4": ("t4", "NVIDIA Tesla T4", "gpu", "NVIDIA", "gpu-t4"),
    "NV_TitanX": ("titan-x-maxwell", "NVIDIA TITAN X (Maxwell)", "gpu", "NVIDIA", ""),
    "NV_TitanX_Pascal": ("titan-x-pascal", "NVIDIA TITAN X (Pascal)", "gpu", "NVIDIA", ""),
    "NV_TitanXp": ("titan-xp", "NVIDIA TITAN Xp", "gpu", "NVIDIA", ""),
    "NV_V100": ("v100", "NVIDIA Tesla V100", "gpu", "NVIDIA", "gpu-v100"),
    "Raspberry_Pi_3": ("raspberry-pi-3", "Raspberry Pi 3", "cpu", "Broadcom", ""),
    "iPhone_6": ("iphone-6", "Apple iPhone 6", "cpu", "Apple", ""),
    "iPhone_7": ("iphone-7", "Apple iPhone 7", "cpu", "Apple", ""),
}

ACCELERATORS = [  # MLPerf's names, the first that is in the name: kind, vendor, catalogue
    ("H100-SXM", "gpu", "NVIDIA", "gpu-h100-sxm"),
    ("H100-PCIe", "gpu", "NVIDIA", "gpu-h100-pcie"),
    ("H200-SXM", "gpu", "NVIDIA", "gpu-h200"),
    ("B200-SXM", "gpu", "NVIDIA", "gpu-b200"),
    ("L40S", "gpu", "NVIDIA", "gpu-l40s"),
    ("NVIDIA L4", "gpu", "NVIDIA", "gpu-l4"),
    ("Tesla T4", "gpu", "NVIDIA", "gpu-t4"),
    ("Orin 64G", "gpu", "NVIDIA", "gpu-orin-64"),
    ("MI300X", "gpu", "AMD", "gpu-mi300x"),
    ("tpu-v3", "tpu", "Google", "tpu-v3"),
    ("TPU v5e", "tpu", "Google", "tpu-v5e"),
    ("TPU v6", "tpu", "Google", "tpu-v6e"),
    ("Hailo", "asic", "Hailo", "asic-hailo8"),
    ("NVIDIA", "gpu", "NVIDIA", ""),
    ("Mali", "gpu", "Arm", ""),
    ("Furiosa", "fpga", "FuriosaAI", ""),
    ("Goya", "asic", "Habana", ""),
    ("HanGuang", "asic", "Alibaba", ""),
    ("speedAI", "asic", "Untether AI", ""),
    ("Hexagon", "asic", "Qualcomm", ""),
    ("Centaur", "asic", "Centaur", ""),
]

DEEPBENCH = "DeepBench (Baidu, Apache-2.0), github.com/baidu-research/DeepBench, results/"
METHOD = [
    "One warm-up, then one loop timed as a whole by the host's clock, caches warm; the mean alone was published: no interval, no check of the answers.",
    "Times are whole microseconds, cut off: up to 7 % on the shortest.",
    "The 16-bit inputs of the NVIDIA programs were nearly all zeros, which costs less power than random ones: up to 15 % faster on a V100 (DeepBench issue 104).",
]


def number(text):
    """A cell as JSON has it: a whole number, a real one, null for nothing; else the text."""
    if text == "":
        return None
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def read(folder, name):
    with open(folder / name, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


class Table:
    """One data file: runs (who measured on what), and rows of numbers that begin with the index of their run."""

    def __init__(self, head, columns):
        self.head = head
        self.columns = columns
        self.runs = {}
        self.rows = []
        self.seen = set()
        self.left_out = collections.Counter()

    def run(self, key, **run):
        """The index of a run; the first call tells what it is."""
        if key not in self.runs:
            self.runs[key] = (len(self.runs), run)
        return self.runs[key][0]

    def add(self, run, identity, row):
        if (run, identity) in self.seen:
            self.left_out[run] += 1
            return
        self.seen.add((run, identity))
        self.rows.append([run] + row)

    def write(self, path):
        head = dict(self.head)
        if self.left_out:
            head["note"] = head["note"] + [
                f"{sum(self.left_out.values())} rows of problems that a list has twice are left out; the first of each stands here."
            ]
        head["columns"] = ["run"] + self.columns
        lines = [f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items()]
        runs = ",\n".join("    " + json.dumps(run, ensure_ascii=False) for _, run in self.runs.values())
        rows = ",\n".join("    " + json.dumps(row, separators=(",", ":")) for row in self.rows)
        text = "{\n" + ",\n".join(lines) + ',\n  "runs": [\n' + runs + '\n  ],\n  "rows": [\n' + rows + "\n  ]\n}\n"
        path.write_text(text, encoding="utf-8")
        print(f"{path.name}: {len(self.runs)} runs, {len(self.rows)} rows, {len(text)} bytes")


def deepbench_run(table, row):
    ident, name, kind, vendor, catalogue = PROCESSORS[row["processor"]]
    return table.run(
        (row["processor"], TYPES[row["precision"]]),
        device=ident, name=name, kind=kind, vendor=vendor, catalog_id=catalogue, units=1,
        dtype=TYPES[row["precision"]], detail=row["precision"],
    )


def head(title, source, note, **rest):
    return {"schema": "dlbench-published/1", "title": title, "source": source, "note": note, **rest}


def gemm(folder):
    table = Table(
        head("DeepBench: matrix products", DEEPBENCH + "train and results/inference",
             METHOD + ["Its matrices are column-major, dlbench's row-major: m is its N, n its M, ta its trans_b, tb its trans_a. alpha = beta = 1."],
             problem="gemm:m={m},n={n},k={k},ta={ta},tb={tb},batch=1,alpha=1,beta=1,dtype={dtype}", items="1",
             measures=[{"column": "time_ms", "unit": "ms", "mode": "throughput"}]),
        ["m", "n", "k", "ta", "tb", "time_ms"])
    for row in read(folder, "deepbench_published_gemm.csv"):
        problem = [number(row["n"]), number(row["m"]), number(row["k"]), row["trans_b"].lower(), row["trans_a"].lower()]
        table.add(deepbench_run(table, row), tuple(problem), problem + [number(row["time_ms"])])
    return table


def window(a, b):
    return str(a) if a == b else f"{a}x{b}"


def conv(folder):
    table = Table(
        head("DeepBench: convolutions", DEEPBENCH + "train and results/inference",
             METHOD + ["Images are N, C, H, W; operations count padding taps. With Winograd or FFT the rate may be above the peak of the processor.",
                       "Some of the sheets count 6.5 x 6.5 outputs for 7x7x2048 to 512, 1x1, padding 3, stride 2; the times are what they measured."],
             problem="conv:n={n},c={c},h={h},w={w},k={k},r={r},s={s},stride={stride},pad={pad},dilation=1,groups=1,"
                     "pass={pass},dtype={dtype},bias=no,act=none", items="{n}",
             measures=[{"column": column, "unit": "ms", "mode": "throughput", "set": {"pass": name}}
                       for column, name in (("fwd_ms", "fwd"), ("bwd_data_ms", "bwd_data"), ("bwd_weights_ms", "bwd_weights"))]),
        ["n", "c", "h", "w", "k", "r", "s", "stride", "pad", "fwd_ms", "bwd_data_ms", "bwd_weights_ms", "algorithm"])
    for row in read(folder, "deepbench_published_conv.csv"):
        problem = [number(row[name]) for name in ("n", "c", "h", "w", "k", "filter_h", "filter_w")]
        problem += [window(row["stride_h"], row["stride_w"]), window(row["pad_h"], row["pad_w"])]
        times = [number(row[name]) for name in ("fwd_ms", "bwd_data_ms", "bwd_weights_ms")]
        table.add(deepbench_run(table, row), tuple(problem), problem + times + [row["fwd_algorithm"]])
    return table


def rnn(folder):
    table = Table(
        head("DeepBench: recurrent layers", DEEPBENCH + "train and results/inference",
             METHOD + ["Only the recurrent products are counted: the projection of the input is skipped. dlbench has no such layer yet."],
             problem="rnn:cell={cell},hidden={hidden},batch={batch},steps={steps},pass={pass},dtype={dtype}", items="{batch}",
             measures=[{"column": column, "unit": "ms", "mode": "throughput", "set": {"pass": name}}
                       for column, name in (("fwd_ms", "fwd"), ("bwd_data_ms", "bwd_data"), ("bwd_weights_ms", "bwd_weights"))]),
        ["cell", "hidden", "batch", "steps", "fwd_ms", "bwd_data_ms", "bwd_weights_ms"])
    for row in read(folder, "deepbench_published_rnn.csv"):
        problem = [row["cell"], number(row["hidden"]), number(row["batch"]), number(row["timesteps"])]
        times = [number(row[name]) for name in ("fwd_ms", "bwd_data_ms", "bwd_weights_ms")]
        table.add(deepbench_run(table, row), tuple(problem), problem + times)
    return table


def sparse(folder):
    table = Table(
        head("DeepBench: products with a sparse matrix", DEEPBENCH + "inference",
             METHOD + ["`dense_time_ms` is the same product without sparsity. dlbench has no sparse product yet."],
             problem="sparse_gemm:m={m},n={n},k={k},sparsity={sparsity},dtype={dtype}", items="1",
             measures=[{"column": "sparse_time_ms", "unit": "ms", "mode": "throughput"}]),
        ["m", "n", "k", "sparsity", "sparse_time_ms", "dense_time_ms"])
    for row in read(folder, "deepbench_published_sparse_gemm.csv"):
        problem = [number(row[name]) for name in ("n", "m", "k", "sparsity")]
        table.add(deepbench_run(table, row), tuple(problem), problem + [number(row["sparse_time_ms"]), number(row["dense_time_ms"])])
    return table


def allreduce(folder):
    table = Table(
        head("DeepBench: all-reduce", DEEPBENCH + "train",
             ["The mean of 1000 to 10000 calls over so many processors. dlbench has no collectives yet."],
             problem="allreduce:elements={elements},ranks={ranks},dtype={dtype}", items="1",
             measures=[{"column": "mean_ms", "unit": "ms", "mode": "throughput"}]),
        ["elements", "ranks", "mean_ms", "std_ms"])
    for row in read(folder, "deepbench_published_allreduce.csv"):
        ident, name, kind, vendor, catalogue = PROCESSORS[row["processor"]]
        ident = f"{ident}-{slug(row['algorithm'], 12)}"
        run = table.run((row["processor"], row["algorithm"]), device=ident, name=name, kind=kind, vendor=vendor,
                        catalog_id=catalogue, units=1, dtype="f32", detail=row["algorithm"])
        problem = [number(row["elements_fp32"]), number(row["ranks"])]
        table.add(run, tuple(problem), problem + [number(row["mean_ms"]), number(row["std_ms"])])
    return table


def mlperf_device(row):
    """Who computes in a system, and how many of them: the accelerators, or the host's processors where there are none."""
    name, count = row["accelerator"], row["accelerators_per_node"]
    if name in ("N/A", "-", "") or count in ("0", "", "N/A"):
        name, count = re.sub(r"\((R|TM)\)", "", row["host_cpu"]), row["host_cpus_per_node"] or "1"
        kind, catalogue = "cpu", ""
        vendor = "Intel" if "intel" in name.lower() else "Arm" if "arm" in name.lower() else ""
        catalogue = {"8592+": "cpu-8592p", "6980P": "cpu-6980p"}.get(name.split()[-1] if name else "", "")
    else:
        known = next((a for a in ACCELERATORS if a[0] in name), (name, "asic", "", ""))
        kind, vendor, catalogue = known[1:]
    units = int(count) * int(row["nodes"] or 1)
    if name.startswith("tpu-v3"):
        units //= 2  # counted in cores; the catalogue's are chips of two
    return name, kind, vendor, catalogue, max(units, 1)


def slug(text, size):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:size].strip("-")


def mlperf(folder):
    table = Table(
        head("MLPerf Inference: offline and single stream", "MLCommons, the logs of the result repositories: github.com/mlcommons/inference_results_v0.5 and _v4.1",
             ["Offline tells samples a second of a whole system; single stream the 90th percentile of one sample's latency. Batch and types are the submitter's choice and not told here.",
              "Figures of systems with several accelerators are those of the system; `units` tells how many (TPU v3: chips).",
              "MLPerf is a trademark of MLCommons; what dlbench measures is no MLPerf result."],
             problem="{workload}:suite=mlperf-inference,round={round},scenario={scenario}", items="1",
             measures=[{"column": "samples_per_s", "unit": "items_per_s", "mode": "throughput", "set": {"scenario": "offline"}},
                       {"column": "p90_ms", "unit": "p90_ms", "mode": "latency", "set": {"scenario": "singlestream"}}]),
        ["workload", "round", "samples_per_s", "p90_ms", "tokens_per_s"])
    taken = set()
    for row in read(folder, "mlperf_published_offline_singlestream.csv"):
        name, kind, vendor, catalogue, units = mlperf_device(row)
        if name == "":
            name = row["system"]
        key = tuple(row[column] for column in ("round", "submitter", "system", "accelerator", "accelerators_per_node", "nodes"))
        if key not in table.runs:
            stem = slug(name.replace("NVIDIA ", "").replace("INTEL ", ""), 18) + f"-x{units}"
            ident = next(i for i in [stem] + [f"{stem}-{n}" for n in range(2, 1000)] if i not in taken)
            ident = ident if ident[0].isalpha() else "d" + ident
            taken.add(ident)
        run = table.run(key, device=ident, name=name, kind=kind, vendor=vendor, catalog_id=catalogue, units=units, dtype="",
                        detail=f"{row['submitter']}, {row['system']}, {row['round']}")
        workload = {"resnet": "resnet50"}.get(row["model"], row["model"])
        offline = row["scenario"] == "offline"
        value = number(row["value"])
        table.add(run, (workload, row["scenario"]),
                  [workload, row["round"], value if offline else None, None if offline else value / 1e6, number(row["tokens_per_s"])])
    return table


def paradnn(folder):
    table = Table(
        head("ParaDnn: fully connected networks, training steps", "ParaDnn (Harvard, Apache-2.0), github.com/Emma926/paradnn, scripts/data/{gpu,tpu}_fc.json",
             ["The largest number of steps a second that the log of a run shows; TensorFlow 1, random data, feeding of inputs included.",
              "The TPU is a v2-8 board (four chips) in bf16, the GPU a V100 in mixed precision (its best rate is above the f32 peak). dlbench has no training step yet."],
             problem="fc_training:batch={batch},in={in},hidden={hidden},layers={layers},out={out},dtype={dtype}", items="{batch}",
             measures=[{"column": "steps_per_s", "unit": "steps_per_s", "mode": "throughput"}]),
        ["layers", "hidden", "in", "out", "batch", "steps_per_s"])
    runs = {
        "gpu": {"device": "v100", "name": "NVIDIA Tesla V100", "kind": "gpu", "vendor": "NVIDIA", "catalog_id": "gpu-v100",
                "units": 1, "dtype": "f16", "detail": "mixed precision, TensorFlow 1"},
        "tpu": {"device": "tpu-v2-8", "name": "TPU v2-8 board", "kind": "tpu", "vendor": "Google", "catalog_id": "tpu-v2",
                "units": 4, "dtype": "bf16", "detail": "TensorFlow 1"},
    }
    for row in read(folder, "paradnn_published_fc.csv"):
        problem = [number(row[name]) for name in ("hidden_layers", "nodes", "input_size", "output_size", "batch")]
        run = table.run(row["platform"], **runs[row["platform"]])
        table.add(run, tuple(problem), problem + [number(row["steps_per_s"])])
    return table


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: published_tables.py FOLDER OUT")
    folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for name, make in (("deepbench-gemm", gemm), ("deepbench-conv", conv), ("deepbench-rnn", rnn), ("deepbench-sparse", sparse),
                       ("deepbench-allreduce", allreduce), ("mlperf-inference", mlperf), ("paradnn-fc", paradnn)):
        make(folder).write(out / f"{name}.json")


main()
