"""Words to the user that stop nothing, under the name by which the face knows them."""

from cnnlab.errors import say

__all__ = ["say"]
