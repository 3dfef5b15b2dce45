"""Hold ONNX files of random networks, run by ONNX Runtime, against our own predictions.

Each network is named by a whole number: `python tools/prove_onnx.py --only 123` looks at that one alone. Where ONNX'
own library is installed, its checker looks at each file too.
"""

import argparse
import sys

from proofs_page import ROOT, write_line

sys.path.insert(0, str(ROOT / "tests" / "formats"))

from onnx_parity import TOLERANCE, branched_of_seed, check, check_seed, network_of_seed

from cnnlab.formats.onnx import onnx_model
from cnnlab.formats.onnx.runtime import version

__all__ = ["check"]

COMMAND = "tools/prove_onnx.py"
NETWORKS = 2000
BRANCHED_EACH = 4
COMPILED_EACH = 20
"""Every twentieth is predicted by compiled code, the others by the reference backend, to which it is held elsewhere."""
PROVED = ("src/cnnlab/formats/onnx", "src/cnnlab/arch", "tests/formats/onnx_parity.py")


def look(seed: int) -> float:
    """Compare one network; return the worst difference."""
    worst = check_seed(seed, None if seed % COMPILED_EACH == 0 else "numpy")
    if not worst < TOLERANCE:
        raise AssertionError(f"network {seed}: {worst:.2g}. Alone: python {COMMAND} --only {seed}")
    return worst


def look_at_branches(seed: int) -> float:
    """Compare one network with branches; return the worst difference."""
    worst = check(*branched_of_seed(seed), backend="numpy")
    if not worst < TOLERANCE:
        raise AssertionError(f"network with branches {seed}: {worst:.2g}")
    return worst


def checked_by_onnx(seed: int) -> bool:
    """Let ONNX' own checker look at a file, where it is installed."""
    try:
        import onnx  # noqa: PLC0415 - there or not
    except ImportError:
        return False
    network, weights = network_of_seed(seed)
    content = onnx_model(network, [weight.astype("float32") for weight in weights])
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    return True


def prove(networks: int) -> None:
    """Compare networks from number 0 on, and write the line of the proofs where they are enough."""
    worst, sound = 0.0, 0
    for seed in range(networks):
        worst = max(worst, look(seed), look_at_branches(seed) if seed % BRANCHED_EACH == 0 else 0.0)
        sound += checked_by_onnx(seed)
        if (seed + 1) % 100 == 0:
            print(f"{seed + 1} of {networks} agree", flush=True)
    by_onnx = f"; {sound:,} files are sound for ONNX' own checker" if sound else ""
    figure = f"{networks:,} random networks in ONNX Runtime {version()} and by predict: worst difference {worst:.1g}"
    if networks >= NETWORKS:
        write_line(COMMAND, f"{figure} of the largest output{by_onnx}", PROVED)
    print(f"onnx: {figure}{by_onnx}")


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", type=int, nargs="?", default=NETWORKS, help=f"how many ({NETWORKS:,})")
    parser.add_argument("--only", type=int, metavar="SEED", help="look at this network alone and describe it")
    chosen = parser.parse_args()
    if chosen.only is None:
        prove(chosen.networks)
        return 0
    network, _ = network_of_seed(chosen.only)
    print(f"{network.data_format}, {network.input_shape}")
    print("\n".join(repr(node.layer) for node in network.nodes[1:]))
    print(f"worst difference {look(chosen.only):.2g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
