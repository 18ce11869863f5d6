"""The bench measures each of its parts; what it counts, and does not time, is within its limits wherever it runs."""

import json
import subprocess
import sys

from bench.__main__ import PARTS

COUNTED = ("history", "its size", "bytes sent", "most in the scratch folder")


def test_every_part_is_measured_and_what_is_counted_is_within_its_limits() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "--json"], capture_output=True, text=True)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)["figures"]
    announced = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("measuring ")]
    assert announced == list(PARTS)
    counted = [one for one in figures if one["name"].startswith(COUNTED)]
    assert len(counted) == 7
    assert [one for one in counted if not one["ok"]] == []
    assert done.returncode == int(not all(one["ok"] for one in figures))
