"""Where the user name and the password of an index come from. Nothing is ever written.

The first source that has a password wins: the environment, trusted publishing, the system's keyring, the cloud's
own token, `~/.netrc`, `~/.pypirc`; last of all a person is asked.
"""

from __future__ import annotations

from tagboat.index.credentials.chain import Surroundings, find_credential
from tagboat.index.credentials.credential import Account, Credential, origin, variable
from tagboat.index.credentials.login import Login

__all__ = ["Account", "Credential", "Login", "Surroundings", "find_credential", "origin", "variable"]
