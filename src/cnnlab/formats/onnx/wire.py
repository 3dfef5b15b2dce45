"""Google's protocol buffers, the writing half: a message is its fields, each with a number and a length.

Only what ONNX' files need: whole numbers, floats of 32 bits, texts, bytes, and messages inside messages. The format:
https://protobuf.dev/programming-guides/encoding/
"""

import struct
from typing import Final

_VARINT: Final = 0
_BYTES: Final = 2
_FIXED_32: Final = 5
_WORD: Final = 1 << 64


def whole_field(number: int, value: int) -> bytes:
    """Write a whole number; a negative one as its two's complement of 64 bits, as int64 asks for.

    Args:
        number: Of the field.
        value: From -2^63 to 2^63 - 1.

    Example:
        >>> whole_field(1, 150).hex()
        '089601'
    """
    return _key(number, _VARINT) + _varint(value % _WORD)


def float_field(number: int, value: float) -> bytes:
    """Write a float of 32 bits."""
    return _key(number, _FIXED_32) + struct.pack("<f", value)


def bytes_field(number: int, content: bytes) -> bytes:
    """Write bytes, or a message that has been written."""
    return _key(number, _BYTES) + _varint(len(content)) + content


def text_field(number: int, text: str) -> bytes:
    """Write a text in UTF-8.

    Example:
        >>> text_field(2, "testing").hex()
        '120774657374696e67'
    """
    return bytes_field(number, text.encode())


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    """Write seven bits a byte, the lowest first; the highest bit says that more follow."""
    written = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
