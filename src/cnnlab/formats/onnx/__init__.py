"""ONNX files: trained networks for everything that runs ONNX."""

from cnnlab.formats.onnx.file import onnx_model, write_onnx

__all__ = ["onnx_model", "write_onnx"]
