"""The harness sees what the tests of the pages rely on it to see."""

from pathlib import Path

from watching import Seen


def test_a_page_that_asks_the_network_and_fails_in_its_script_is_seen_to(seen: Seen, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    place.write_text("<img src='http://127.0.0.1:9/no.png'><script>console.warn('odd'); missing()</script>")
    page = seen.open(place)
    page.wait_for_timeout(100)
    assert "http://127.0.0.1:9/no.png" in seen.requests
    assert "odd" in seen.complaints
    assert any("missing is not defined" in text for text in seen.complaints)


def test_a_page_that_some_cannot_use_is_seen_to_be_one(seen: Seen, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    place.write_text("<html lang='en'><title>T</title><main><h1>T</h1><button></button></main>")
    seen.open(place)
    assert any("button-name" in fault for fault in seen.grave_faults())
    place.write_text("<html lang='en'><title>T</title><main><h1>T</h1><button>Go</button></main>")
    seen.open(place)
    assert seen.grave_faults() == []
