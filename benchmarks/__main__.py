"""``python -m benchmarks [NAME…]``: list the benchmarks and run them, each in its own process."""

import argparse
import subprocess
import sys

from brainseek.catalog.core.paths import PROJECT_ROOT

BENCHMARKS = {
    "plates.ranking": "mouse sections to plates: ranks of the truth beside the baselines",
    "plates.verification": "the shortlist registered to the section: does the ranking improve?",
    "plates.robustness": "damage, other stains, template cuts",
    "plates.mni152": "simulated human cuts: error in mm",
    "plates.speed": "wall time from files to ranked plates",
    "plates.calibration": "reliability of confidence and none_of_these",
    "registration": "regions carried, parts placed, trust, planes, a damaged series, time",
    "cortex": "cortical places on the unseen hemisphere, beside SupCon and SimCLR",
    "cortex.engine": "distances along the cortex: time, memory and error of three methods",
    "cortex.training_speed": "training on cortical places: do patches or network set the pace?",
    "modalities": "the same tissue in another stain: retrieval, anchoring, prediction, transfer",
    "search": "search in collections beside raw FAISS, lancedb and hnswlib",
    "ingest": "bulk embedding: overhead of the index, commits, Ray, memory",
    "ingest.big_tiff": "peak memory of reading a 25 600 x 20 480 TIFF",
}


def run(name: str, *, record: bool) -> int:
    """Run one benchmark in a process of its own; returns its exit status."""
    command = [sys.executable, "-u", "-m", f"benchmarks.{name}"]
    command += ["--record"] if record else []
    return subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode


def main() -> None:
    """Command line: list the benchmarks, then run the named ones or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run; default: all")
    parser.add_argument("--list", action="store_true", help="only list them")
    parser.add_argument("--record", action="store_true", help="put the results into RESULTS.md")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"unknown benchmark '{unknown[0]}': choose from {', '.join(BENCHMARKS)}")
    for name, claim in BENCHMARKS.items():
        print(f"{name:22} {claim}", flush=True)
    failed = []
    for name in [] if arguments.list else arguments.names or BENCHMARKS:
        print(f"\n=== {name}", flush=True)
        if run(name, record=arguments.record):
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
