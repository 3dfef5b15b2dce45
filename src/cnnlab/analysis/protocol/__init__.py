"""The protocol check: what in the way a study was made keeps its test numbers from meaning what they seem to."""

from cnnlab.analysis.protocol.check import CONSEQUENCE, Picked, protocol
from cnnlab.analysis.protocol.data_facts import DataFacts, data_facts
from cnnlab.analysis.protocol.data_findings import data_findings
from cnnlab.analysis.protocol.finding import ProtocolFinding, Severity
from cnnlab.analysis.protocol.told import SAID_ELSEWHERE, protocol_observations

__all__ = [
    "CONSEQUENCE",
    "SAID_ELSEWHERE",
    "DataFacts",
    "Picked",
    "ProtocolFinding",
    "Severity",
    "data_facts",
    "data_findings",
    "protocol",
    "protocol_observations",
]
