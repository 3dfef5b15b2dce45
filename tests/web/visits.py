"""Who visits the server in the tests, and whom of the study he meets there."""

import base64
import json
from dataclasses import dataclass

import httpx
from client import Client

from cnnlab.store import Store
from cnnlab.web.guard import Door

PORT = 8642
HOST = f"127.0.0.1:{PORT}"
NAMES = ("architecture-2", "architecture-3")


@dataclass
class Visitor:
    """A browser that has come in by the printed address."""

    client: Client
    door: Door
    store: Store

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.request("GET", path, headers=headers)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Post JSON, or bytes as they are, as our own page would; headers by names with "_" for "-"."""
        given = {"origin": f"http://{HOST}", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in given.items() if value}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.request("POST", path, content=content, headers=given)


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
