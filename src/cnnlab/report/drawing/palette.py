"""The colours of figures. Each has its counterparts in ``templates/figures.css``, for light and dark schemes."""

from typing import Final

INK: Final = "#1f2937"
"""Of words that matter, and of marks."""

QUIET: Final = "#4b5563"
"""Of words beside them, of axes and ticks."""

LINE: Final = "#e5e7eb"
"""Of grids and of cells: nothing is read off it."""

FIRST: Final = "#1d4ed8"
"""Of the validation, as in the notebook, and of what stands alone."""

SECOND: Final = "#b91c1c"
"""Of the training, as in the notebook, and of mistakes."""

GROUND: Final = "#ffffff"
"""Of hollow marks: the paper that the figure stands on."""
