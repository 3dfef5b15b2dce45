"""A picture is read as people see it, and looked at before it is decoded."""

import io
import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from makers import NAMES, Images, pictures, png_that_claims
from PIL import Image

from cnnlab.data.own import OwnData, Reading, load_own
from cnnlab.data.own.pictures import PictureError, decoded, header
from cnnlab.errors import DataError


def saved(picture: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **more)
    return file.getvalue()


def seen(picture: Image.Image, kind: str = "PNG", **more: object) -> list:
    content = saved(picture, kind, **more)
    head = header(content)
    image = decoded(content, coloured=head.coloured)
    assert image.shape[:2] == head.size
    return image.tolist()


def test_sixteen_bits_are_scaled_to_eight_so_that_white_stays_white() -> None:
    deep = np.array([[0, 128, 129], [32768, 65407, 65535]], np.uint16)
    assert seen(Image.fromarray(deep)) == [[0, 0, 1], [128, 255, 255]]


def test_what_is_transparent_lies_on_white() -> None:
    clear = Image.fromarray(np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 51]]], np.uint8), "RGBA")
    assert seen(clear) == [[[10, 20, 30], [255, 255, 255], [204, 204, 204]]]
    grey = Image.fromarray(np.array([[[10, 255], [10, 0]]], np.uint8), "LA")
    assert seen(grey) == [[10, 255]]
    assert seen(Image.fromarray(np.array([[7, 9]], np.uint8)), transparency=7) == [[255, 9]]


def test_a_palette_becomes_its_colours_and_grey_where_they_are_grey() -> None:
    palette = Image.fromarray(np.array([[0, 1, 1]], np.uint8), "P")
    palette.putpalette([1, 2, 3, 250, 0, 0])
    assert seen(palette) == [[[1, 2, 3], [250, 0, 0], [250, 0, 0]]]
    palette.putpalette([8, 8, 8, 250, 250, 250])
    assert seen(palette) == [[8, 250, 250]]


def test_black_and_white_is_grey_and_ink_of_printers_is_colour() -> None:
    assert seen(Image.fromarray(np.array([[True, False]]))) == [[255, 0]]
    cmyk = Image.new("CMYK", (2, 1), (0, 0, 0, 255))
    assert np.array(seen(cmyk, "JPEG")).shape == (1, 2, 3)
    assert np.array(seen(cmyk, "JPEG")).max() < 10


def test_a_photo_taken_on_its_side_is_turned() -> None:
    upright = np.zeros((16, 8), np.uint8)
    upright[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to the right to see it
    lying = Image.fromarray(np.rot90(upright))
    image = np.array(seen(lying, "JPEG", exif=exif, quality=100))
    assert image.shape == (16, 8)
    assert image[:7].min() > 200
    assert image[9:].max() < 50


def test_a_size_that_is_asked_for_is_made_by_pillows_bilinear_filter() -> None:
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (37, 23, 3), np.uint8))
    wanted = np.asarray(picture.resize((8, 12), Image.Resampling.BILINEAR))
    assert np.array_equal(decoded(saved(picture), coloured=True, size=(12, 8)), wanted)


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (12_001, 2), (30_000, 3_000), (5_001, 5_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_takes_memory(width: int, height: int) -> None:
    tracemalloc.start()
    with pytest.raises(PictureError, match="pixels"):
        header(png_that_claims(width, height))
    with pytest.raises(PictureError, match="pixels"):
        decoded(png_that_claims(width, height), coloured=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("content", [b"", b"GIF89a......", b"no picture", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_picture_is_told_in_words(content: bytes) -> None:
    with pytest.raises(PictureError, match=r"no PNG or JPEG|damaged picture"):
        header(content)


def test_whatever_a_damaged_file_does_it_is_a_picture_error_or_a_picture() -> None:
    rng = random.Random(0)
    whole = [saved(Image.effect_noise((20, 20), 90)), saved(Image.effect_noise((20, 20), 90), "JPEG")]
    outcomes = set()
    for _ in range(300):
        content = bytearray(rng.choice(whole))
        for _ in range(rng.randrange(1, 6)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        damaged = bytes(content[: rng.randrange(1, len(content) + 1)])
        try:
            head = header(damaged)
            decoded(damaged, coloured=head.coloured)
            outcomes.add("picture")
        except PictureError:
            outcomes.add("error")
    assert outcomes == {"picture", "error"}


def test_grey_and_coloured_pictures_together_are_all_read_as_colours(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    Image.new("RGB", (5, 6), (1, 2, 3)).save(folder / NAMES[0] / "colour.png")
    loaded = load_own(folder)
    assert loaded.split.train.images.shape[1:] == (6, 5, 3)
    assert "1 pictures have colours and 60 are grey" in loaded.notices[0]


def test_odd_sizes_are_refused_by_the_first_file_with_the_way_out_and_the_way_out_works(
    grey: Images, tmp_path: Path
) -> None:
    folder = pictures(tmp_path / "mine", grey)
    for name in ("odd.png", "odder.png"):
        Image.new("L", (9, 8), 77).save(folder / NAMES[1] / name)
    with pytest.raises(DataError, match=r"6 x 5 .*beech/odd\.png with 8 x 9 \(and 1 more.*Add --resize 6x5\.$"):
        load_own(folder)
    assert load_own(folder, OwnData(Reading(resize=(6, 5)))).split.train.images.shape[1:] == (6, 5)


def test_large_pictures_are_refused_with_the_way_out(tmp_path: Path) -> None:
    some = Images(np.zeros((4, 300, 20), np.uint8), np.array([0, 1, 0, 1]))
    with pytest.raises(DataError, match=r"at most 256 x 256 pixels, got 300 x 20\..*--resize 64x64"):
        load_own(pictures(tmp_path / "mine", some))


def test_all_broken_files_are_counted_and_the_first_ones_named(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    for index in range(5):
        (folder / NAMES[0] / f"broken{index}.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"got 5 that cannot be: apple/broken0\.png: no PNG or JPEG; .*; \.\.\.\."):
        load_own(folder)


def test_files_that_are_cut_are_told_of_together_and_nothing_is_kept(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    for file in sorted((folder / NAMES[2]).iterdir())[:2]:
        file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(DataError, match=r"got 2 that cannot be: cedar/0002\.png: a damaged picture"):
        load_own(folder)
    assert not list((tmp_path / "cache" / "own").iterdir())
