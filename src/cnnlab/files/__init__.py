"""Writing files so that each is there whole or not at all."""

from cnnlab.files.atomic import append_line, write_bytes, write_text, written_beside

__all__ = ["append_line", "write_bytes", "write_text", "written_beside"]
