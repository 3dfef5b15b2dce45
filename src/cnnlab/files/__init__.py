"""Writing files so that each is there whole or not at all, and reading archives of strangers."""

from cnnlab.files.atomic import not_written, write_bytes, write_text, written_beside

__all__ = ["not_written", "write_bytes", "write_text", "written_beside"]
