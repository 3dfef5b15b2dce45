"""Tell the peak of multiply-adds, in GFLOP/s, for each number of threads given; null where it cannot be measured."""

import json
import sys
from importlib import import_module


def main() -> None:
    """Measure, if this version of cnnlab can."""
    counts = [int(word) for word in sys.argv[1:]]
    try:
        measure = import_module("cnnlab.compiler.peak").measure_peak
    except ModuleNotFoundError:
        print(json.dumps([None for _ in counts]))
        return
    print(json.dumps([float(measure(threads)) for threads in counts]))


if __name__ == "__main__":
    main()
