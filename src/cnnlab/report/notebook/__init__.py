"""What cnnlab's objects look like in a notebook: HTML that brings its own style, needs no script, and harms no other.

Every rule of the style begins with our own class; lines and letters have the colour of the text around them, so that
it looks right in a light and in a dark notebook without asking which of both it is. Pure functions: who shows it where
is decided elsewhere.
"""
