"""Where results live: a database of all runs, and a folder for each study."""

from cnnlab.store.opening import open_store
from cnnlab.store.queries import RunFilter
from cnnlab.store.recipe_json import recipe_as_dict
from cnnlab.store.result_json import result_as_dict, weights_sum
from cnnlab.store.run_folder import RunFolder, create_run_folder
from cnnlab.store.store import Store

__all__ = [
    "RunFilter",
    "RunFolder",
    "Store",
    "create_run_folder",
    "open_store",
    "recipe_as_dict",
    "result_as_dict",
    "weights_sum",
]
