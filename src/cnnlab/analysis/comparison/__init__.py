"""What the answers of some architectures to the same images say of them."""

from cnnlab.analysis.comparison.findings import Comparison, Estimate, PairFinding, Standing

__all__ = ["Comparison", "Estimate", "PairFinding", "Standing"]
