"""What the answers of some architectures to the same images say of them."""

from cnnlab.analysis.comparison.collapse import rate
from cnnlab.analysis.comparison.compare import compare
from cnnlab.analysis.comparison.estimates import estimate
from cnnlab.analysis.comparison.findings import Comparison, Estimate, Measure, PairFinding, Scope, Standing
from cnnlab.analysis.comparison.pairs import pair

__all__ = [
    "Comparison",
    "Estimate",
    "Measure",
    "PairFinding",
    "Scope",
    "Standing",
    "compare",
    "estimate",
    "pair",
    "rate",
]
