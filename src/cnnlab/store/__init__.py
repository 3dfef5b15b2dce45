"""Where results live: a folder for each study."""

from cnnlab.store.result_json import result_as_dict
from cnnlab.store.run_folder import RunFolder, create_run_folder

__all__ = ["RunFolder", "create_run_folder", "result_as_dict"]
