"""Writing files so that each is there whole or not at all."""

from cnnlab.files.atomic import write_bytes, write_text, written_beside

__all__ = ["write_bytes", "write_text", "written_beside"]
