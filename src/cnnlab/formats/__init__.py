"""Files that carry networks."""

from cnnlab.formats.weights_npz import load_weights, save_weights

__all__ = ["load_weights", "save_weights"]
