"""Downloads: what networks, proxies and servers do wrong, each against a local server over https."""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cnnlab.data.download import Patience
from cnnlab.data.sources.mirrors import KERAS_MIRROR, OSSCI_MIRROR
from cnnlab.errors import DataUnavailableError

if TYPE_CHECKING:
    from tests.data.conftest import Asker, Mirror, Tiny

NPZ_ONLY = (KERAS_MIRROR,)
GZ_ONLY = (OSSCI_MIRROR,)
FIRST_GZ = "/mnist/train-images-idx3-ubyte.gz"


def test_the_npz_is_downloaded_checked_and_cached(
    tiny: Tiny, ask: Asker, mirror: Mirror, cached_names: list[str]
) -> None:
    mirror.serve_all(tiny)
    found = ask.obtain()
    assert tiny.same(found.parts)
    assert found.source == f"https://127.0.0.1:{mirror.server_port}/mnist.npz"
    assert ask.cached_files() == cached_names
    assert mirror.asked("/mnist.npz") == [None]


def test_where_there_is_no_npz_the_four_gz_files_serve(
    tiny: Tiny, ask: Asker, mirror: Mirror, cached_names: list[str]
) -> None:
    mirror.serve_gz(tiny)
    assert tiny.same(ask.obtain().parts)
    assert ask.cached_files() == cached_names
    assert any("the server answered 404 Not Found; the next source is asked" in line for line in ask.told)


def test_progress_tells_the_file_the_bytes_and_the_total(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    ask.obtain()
    assert ask.steps[-1] == ("mnist.npz", len(tiny.npz), len(tiny.npz))
    assert [done for _, done, _ in ask.steps] == sorted(done for _, done, _ in ask.steps)


def test_offline_asks_no_mirror_and_says_so(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    with pytest.raises(DataUnavailableError, match=r"npz mirror \(https://.*\): left out, since offline was asked for"):
        ask.obtain(offline=True)
    assert mirror.log == []


@pytest.mark.parametrize("code", [401, 403, 404, 407])
def test_a_refusal_is_not_tried_again(code: int, tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    mirror.script["/mnist.npz"] = [mirror.status(code)]
    with pytest.raises(DataUnavailableError, match=rf"npz mirror \(.*\): the server answered {code} \w+"):
        ask.obtain(sources=NPZ_ONLY)
    assert len(mirror.log) == 1
    assert ask.pauses == []
    assert ask.cached_files() == []


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_busy_server_is_asked_again_after_growing_pauses(code: int, tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    mirror.script["/mnist.npz"] = [mirror.status(code)] * 2
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert ask.pauses == [0.5, 1.0]


def test_a_server_that_stays_busy_is_given_up(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    mirror.script["/mnist.npz"] = [mirror.status(503)] * 9
    with pytest.raises(DataUnavailableError, match=r"the server answered 503 Service Unavailable \(4 tries\)"):
        ask.obtain(sources=NPZ_ONLY)
    assert len(mirror.log) == 4
    assert ask.pauses == [0.5, 1.0, 2.0]
    assert ask.cached_files() == []


def test_a_server_that_says_nothing_times_out(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    mirror.script["/mnist.npz"] = [mirror.stall()] * 2
    patience = Patience(timeout=0.2, attempts=2, sleep=ask.pauses.append)
    with pytest.raises(DataUnavailableError, match=r"no answer within 0\.2 s \(2 tries\)"):
        ask.obtain(sources=NPZ_ONLY, patience=patience)
    assert ask.cached_files() == []


def test_a_firewall_that_lets_nothing_through_is_waited_for_once(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("CNNLAB_MIRROR", f"https://127.0.0.1:{silent.getsockname()[1]}")
        patience = Patience(timeout=0.2, sleep=ask.pauses.append)
        with pytest.raises(
            DataUnavailableError, match=r"no connection within 0\.2 s: a firewall may be in the way, or"
        ):
            ask.obtain(sources=NPZ_ONLY, patience=patience)
    assert ask.pauses == []


def test_a_cut_connection_is_taken_up_where_it_ended(
    tiny: Tiny, ask: Asker, mirror: Mirror, cached_names: list[str]
) -> None:
    mirror.serve_all(tiny)
    mirror.script["/mnist.npz"] = [mirror.cut(10_000), mirror.cut(5_000)]
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz") == [None, "bytes=10000-", "bytes=15000-"]
    assert ask.cached_files() == cached_names


def test_what_has_come_when_all_tries_end_is_taken_up_by_the_next_process(
    tiny: Tiny, ask: Asker, mirror: Mirror, cached_names: list[str]
) -> None:
    mirror.serve_all(tiny)
    mirror.script["/mnist.npz"] = [mirror.cut(1_000)] * 4
    with pytest.raises(DataUnavailableError, match=r"cut after 4,000 of [\d,]+ bytes \(4 tries\)"):
        ask.obtain(sources=NPZ_ONLY)
    assert ask.cached_files() == ["downloads/mnist.npz.part"]
    assert (ask.base.cache / "downloads/mnist.npz.part").read_bytes() == tiny.npz[:4_000]
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz")[-1] == "bytes=4000-"
    assert ask.cached_files() == cached_names


def _leave_part(ask: Asker, content: bytes, name: str = "mnist.npz.part") -> Path:
    part = ask.base.cache / "downloads" / name
    part.parent.mkdir(parents=True)
    part.write_bytes(content)
    return part


def test_a_server_that_ignores_the_range_starts_the_file_afresh(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    _leave_part(ask, tiny.npz[:7_000])
    mirror.script["/mnist.npz"] = [mirror.whole()]
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz") == ["bytes=7000-"]


def test_a_server_that_sends_another_range_is_asked_for_the_whole(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    _leave_part(ask, tiny.npz[:7_000])
    mirror.script["/mnist.npz"] = [mirror.elsewhere()]
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz") == ["bytes=7000-", None]


def test_a_part_of_another_version_costs_one_more_download(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    _leave_part(ask, b"X" * 7_000)
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz") == ["bytes=7000-", None]


def test_a_file_that_changes_during_a_download_costs_one_more_download(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    mirror.files["/mnist.npz"] = b"X" * len(tiny.npz)

    def cut_and_correct(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        mirror.files["/mnist.npz"] = tiny.npz
        mirror.cut(3_000)(handler, content)

    mirror.script["/mnist.npz"] = [cut_and_correct]
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz") == [None, "bytes=3000-", None]


def test_a_part_longer_than_the_file_is_thrown_away(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    _leave_part(ask, tiny.npz + b"more")
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz") == [f"bytes={len(tiny.npz) + 4}-", None]


def test_the_part_of_a_killed_process_is_adopted_after_a_while_and_a_living_ones_is_not(
    tiny: Tiny, ask: Asker, mirror: Mirror
) -> None:
    mirror.serve_all(tiny)
    dead = _leave_part(ask, tiny.npz[:9_000], "mnist.npz.part-1-dead")
    alive = dead.with_name("mnist.npz.part-2-alive")
    alive.write_bytes(tiny.npz[:100])
    os.utime(dead, (time.time() - 700,) * 2)
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert mirror.asked("/mnist.npz") == ["bytes=9000-"]
    assert alive.read_bytes() == tiny.npz[:100]


def test_a_file_that_is_short_on_the_server_is_refused_and_deleted(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_gz(tiny)
    mirror.files[FIRST_GZ] = mirror.files[FIRST_GZ][:-500]
    with pytest.raises(
        DataUnavailableError,
        match=r"gz mirror \(.*\): train-images-idx3-ubyte\.gz: wrong content, deleted: "
        r"train-images-idx3-ubyte\.gz: it cannot be unpacked: Compressed file ended",
    ):
        ask.obtain(sources=GZ_ONLY)
    assert ask.cached_files() == []


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_login_page_in_place_of_the_file_is_called_one(
    content_type: str, tiny: Tiny, ask: Asker, mirror: Mirror
) -> None:
    mirror.serve_gz(tiny)
    mirror.script[FIRST_GZ] = [mirror.page(content_type)]
    with pytest.raises(
        DataUnavailableError,
        match=r"a web page came in place of the file: a proxy or a login page has answered; "
        r"open https://127\.0\.0\.1:\d+/mnist/train-images-idx3-ubyte\.gz in a browser to see it, or set https_proxy",
    ):
        ask.obtain(sources=GZ_ONLY)
    assert ask.cached_files() == []
    assert len(mirror.log) == 1


def test_a_login_page_does_not_cost_what_has_come_before(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    part = _leave_part(ask, tiny.npz[:7_000])
    mirror.script["/mnist.npz"] = [mirror.page()]
    with pytest.raises(DataUnavailableError, match="a web page came in place of the file"):
        ask.obtain(sources=NPZ_ONLY)
    assert part.read_bytes() == tiny.npz[:7_000]


def test_a_wrong_npz_is_refused_by_its_sum_and_deleted(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.files["/mnist.npz"] = tiny.npz[:-1] + b"\x01"
    got = hashlib.sha256(mirror.files["/mnist.npz"]).hexdigest()[:12]
    want = tiny.known.npz_sha256[:12]
    with pytest.raises(
        DataUnavailableError,
        match=rf"wrong content, deleted: mnist\.npz: expected SHA-256 {want}\.\.\., got {got}\.\.\.",
    ):
        ask.obtain(sources=NPZ_ONLY)
    assert ask.cached_files() == []
    assert len(mirror.log) == 1


def test_an_npz_of_the_right_sum_still_has_its_parts_summed(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.files["/mnist.npz"] = tiny.npz
    first, *others = tiny.known.parts
    known = replace(tiny.known, parts=(replace(first, sha256="0" * 64), *others))
    with pytest.raises(DataUnavailableError, match=r"train-images-idx3-ubyte: expected SHA-256 000000000000"):
        ask.obtain(sources=NPZ_ONLY, known=known)
    assert ask.cached_files() == []


def test_a_wrong_gz_is_refused_and_deleted_and_the_good_ones_are_not_fetched_again(
    tiny: Tiny, ask: Asker, mirror: Mirror
) -> None:
    mirror.serve_gz(tiny)
    third = tiny.known.parts[2]
    mirror.files[f"/mnist/{third.name}.gz"] = tiny.packed(tiny.known.parts[0])
    with pytest.raises(DataUnavailableError, match=r"t10k-images-idx3-ubyte\.gz: wrong content, deleted: "):
        ask.obtain(sources=GZ_ONLY)
    assert ask.cached_files() == [f"downloads/{part.name}.gz" for part in tiny.known.parts[:2]]
    mirror.serve_gz(tiny)
    assert tiny.same(ask.obtain(sources=GZ_ONLY).parts)
    assert len(mirror.asked(FIRST_GZ)) == 1


def test_without_a_network_the_name_is_said_and_nothing_is_waited_for(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNLAB_MIRROR", "https://mirror.invalid")
    with pytest.raises(DataUnavailableError) as caught:
        ask.obtain()
    assert "npz mirror (https://mirror.invalid/mnist.npz): no network: the name mirror.invalid cannot be" in str(
        caught.value
    )
    assert ask.pauses == []
    assert ask.cached_files() == []


def test_a_server_that_is_down_is_tried_again(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("CNNLAB_MIRROR", f"https://127.0.0.1:{port}")
    with pytest.raises(DataUnavailableError, match=r"the connection failed: .*refused.* \(4 tries\)"):
        ask.obtain(sources=NPZ_ONLY)


def test_a_certificate_that_is_not_trusted_is_refused_with_the_variable_to_set(
    tiny: Tiny, ask: Asker, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.serve_all(tiny)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(
        DataUnavailableError, match=r"the certificate is not trusted \(self-signed certificate\): set SSL_CERT_FILE to"
    ):
        ask.obtain(sources=NPZ_ONLY)
    assert mirror.log == []
    assert ask.pauses == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_are_taken_from_each_of_the_usual_variables(
    variable: str, tiny: Tiny, ask: Asker, mirror: Mirror, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.serve_all(tiny)
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv(variable, str(certificate))
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_that_cannot_be_read_is_refused_by_its_variable(
    content: str | None, ask: Asker, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content:
        bundle.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with pytest.raises(
        DataUnavailableError,
        match=r"REQUESTS_CA_BUNDLE: expected a file of trusted certificates \(PEM\), got .*bundle\.pem \(.*\)\. "
        r"Correct REQUESTS_CA_BUNDLE or unset it",
    ):
        ask.obtain(sources=NPZ_ONLY)
    assert mirror.log == []


def test_a_proxy_named_in_the_environment_is_used(
    tiny: Tiny, ask: Asker, plain_server: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_server.files["http://mirror.invalid/mnist.npz"] = tiny.npz
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{plain_server.server_port}")
    monkeypatch.setenv("CNNLAB_MIRROR", "http://mirror.invalid/")
    assert tiny.same(ask.obtain(sources=NPZ_ONLY).parts)
    assert plain_server.asked("http://mirror.invalid/mnist.npz") == [None]


def test_a_proxy_that_refuses_the_tunnel_is_not_asked_again(
    ask: Asker, plain_server: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{plain_server.server_port}")
    monkeypatch.setenv("CNNLAB_MIRROR", "https://mirror.invalid/")
    with pytest.raises(DataUnavailableError, match=r"the connection failed: Tunnel connection failed: 501 "):
        ask.obtain(sources=NPZ_ONLY)
    assert ask.pauses == []


@pytest.mark.parametrize("base", ["ftp://mirror.example", "file:///srv/mirror", "/srv/mirror"])
def test_a_mirror_that_is_no_web_address_is_refused(base: str, ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_MIRROR", base)
    with pytest.raises(DataUnavailableError, match=r"mnist\.npz: expected an address with https:// or http://\. For a"):
        ask.obtain(sources=NPZ_ONLY)


def test_an_empty_mirror_variable_means_the_public_mirrors(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_MIRROR", "")
    places = [source.place(ask.request()) for source in (KERAS_MIRROR, OSSCI_MIRROR)]
    assert places == [
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
    ]


def test_a_download_works_where_the_cache_cannot_be_written(
    tiny: Tiny, ask: Asker, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.serve_all(tiny)
    (tmp_path / "a-file").touch()
    found = ask.obtain(cache=tmp_path / "a-file" / "mnist")
    assert tiny.same(found.parts)
    assert sum("working from memory" in line for line in ask.told) == 1


def test_an_interrupted_download_keeps_its_part_and_nothing_else(tiny: Tiny, ask: Asker, mirror: Mirror) -> None:
    mirror.serve_all(tiny)
    mirror.script["/mnist.npz"] = [mirror.cut(6_000)]

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask.obtain(sources=NPZ_ONLY, patience=Patience(sleep=interrupt))
    assert ask.cached_files() == ["downloads/mnist.npz.part"]


def test_the_local_server_speaks_tls(mirror: Mirror) -> None:
    with socket.create_connection(("127.0.0.1", mirror.server_port)) as plain:
        context = ssl.create_default_context()
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            assert connection.version() in {"TLSv1.2", "TLSv1.3"}
