"""Networks: those of the zoo, and those that the store has runs of."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.arch import Network, from_keras_config, zoo
from cnnlab.arch.summary import NetworkSummary, summarize
from cnnlab.report.drawing.architecture import architecture_drawing
from cnnlab.report.svg import with_own_ids
from cnnlab.web.answers import answer
from cnnlab.web.desk import Desk
from cnnlab.web.problems import MISSING, Problem


class Networks:
    """Answers about architectures."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def listed(self, request: Request) -> Response:
        """Answer ``GET /api/architectures``."""
        del request
        return answer(await self._desk.read(self._listed))

    def _listed(self) -> dict[str, Any]:
        names = [(name, "zoo") for name in zoo.names()]
        names += [(name, "store") for name in self._desk.store.architectures() if name not in zoo.names()]
        rows = []
        for name, source in names:
            summary = summarize(self._network(name))
            rows.append({"name": name, "layers": len(summary.layers), **_costs(summary), "from": source})
        return {"architectures": rows}

    async def one(self, request: Request) -> Response:
        """Answer ``GET /api/architectures/NAME``."""
        name = request.path_params["name"]
        return answer(await self._desk.work(lambda: self._one(name)))

    def _one(self, name: str) -> dict[str, Any]:
        network = self._network(name)
        summary = summarize(network)
        rows = [
            {
                "name": row.name,
                "kind": row.class_name,
                "shape": list(row.output_shape),
                "parameters": row.params,
                "madds": row.multiply_adds,
                "receptive_field": None if row.receptive_field is None else list(row.receptive_field),
                "inputs": list(row.connected_to),
            }
            for row in summary.layers
        ]
        drawing = self._desk.kept(("drawing", name), network, lambda: drawing_of(network))
        return {"name": name, "summary": rows, "drawing": drawing, **_costs(summary)}

    def _network(self, name: str) -> Network:
        """Look a name up; it opens no file.

        Raises:
            Problem: If nobody knows it.
        """
        if name in zoo.names():
            return zoo.network(name)
        run = self._desk.store.architectures().get(name)
        if run is None:
            raise Problem(MISSING, expected="the name of an architecture", got=repr(name[:100]))
        return from_keras_config(self._desk.store.run(run).network)


def drawing_of(network: Network) -> str:
    """Draw a network as one SVG element."""
    figure = architecture_drawing("network", network)
    return with_own_ids(figure.svg, f"{figure.name}-")


def _costs(summary: NetworkSummary) -> dict[str, int]:
    return {"parameters": summary.total_params, "madds": summary.multiply_adds}
