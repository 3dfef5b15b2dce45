"""Findings to terminal text, SVG and one self-contained HTML file: pure functions, nothing printed, nothing written.

`terminal` needs no matplotlib and no jinja2, so that a training starts without them; `figures` and `page` do.
"""
