"""Why a network is no better: suspects from its description and its runs, and what retraining says of them."""

from cnnlab.analysis.diagnosis.suspects import (
    Change,
    Edit,
    InsertLayer,
    RemoveLayer,
    SetArgument,
    SetRecipe,
    Suspect,
)

__all__ = ["Change", "Edit", "InsertLayer", "RemoveLayer", "SetArgument", "SetRecipe", "Suspect"]
