"""Adoption: what `tagboat init` finds in a project, and the least configuration it writes.

`adoption` looks and decides, `tags` tells the tag format from the tags there are, and one module for each
release tool carries its settings over.
"""

from tagboat.adopt.adoption import Adoption, Finding, adopt, write_config

__all__ = ["Adoption", "Finding", "adopt", "write_config"]
