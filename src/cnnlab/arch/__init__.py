"""What a network is: layers, shapes, parameters, initial weights, the zoo, Keras' config in and out."""

from cnnlab.arch.initial import initial_weights
from cnnlab.arch.keras_config import from_keras_config, to_keras_config
from cnnlab.arch.layer import Layer, Parameter, Shape, Window
from cnnlab.arch.network import DataFormat, Network, Node, Weight, chain, graph
from cnnlab.arch.summary import LayerSummary, NetworkSummary, summarize

__all__ = [
    "DataFormat",
    "Layer",
    "LayerSummary",
    "Network",
    "NetworkSummary",
    "Node",
    "Parameter",
    "Shape",
    "Weight",
    "Window",
    "chain",
    "from_keras_config",
    "graph",
    "initial_weights",
    "summarize",
    "to_keras_config",
]
