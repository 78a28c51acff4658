"""Licences as SPDX expressions: found in metadata of any age, and held against a list of those that are allowed.

https://packaging.python.org/en/latest/specifications/license-expression/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from email.message import Message
    from importlib.metadata import PackageMetadata

UNKNOWN = "unknown"
"""The word of the list of allowed licences that lets pass what says none that can be read."""

# Classifiers (PyPI's trove list) and what they mean. One that leaves it open means each of several.
CLASSIFIERS = {
    "Academic Free License (AFL)": "AFL-3.0",
    "Apache Software License": "Apache-2.0",
    "Artistic License": "Artistic-2.0",
    "BSD License": "BSD-2-Clause AND BSD-3-Clause",
    "Blue Oak Model License (BlueOak-1.0.0)": "BlueOak-1.0.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "CMU License (MIT-CMU)": "MIT-CMU",
    "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
    "European Union Public Licence 1.2 (EUPL 1.2)": "EUPL-1.2",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PostgreSQL License": "PostgreSQL",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "University of Illinois/NCSA Open Source License": "NCSA",
    "W3C License": "W3C",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "Zope Public License": "ZPL-2.1",
    "zlib/libpng License": "Zlib",
}

# What people write into the old License field, in small letters without "the", "license" and signs.
SPELLINGS = {
    "2clause bsd": "BSD-2-Clause",
    "3clause bsd": "BSD-3-Clause",
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 20": "Apache-2.0",
    "apache software": "Apache-2.0",
    "apache software 20": "Apache-2.0",
    "apache version 20": "Apache-2.0",
    "apache2": "Apache-2.0",
    "bsd": "BSD-2-Clause AND BSD-3-Clause",
    "bsd 2clause": "BSD-2-Clause",
    "bsd 3clause": "BSD-3-Clause",
    "gpl2": "GPL-2.0-only",
    "gplv2": "GPL-2.0-only",
    "gplv2+": "GPL-2.0-or-later",
    "gpl3": "GPL-3.0-only",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "isc": "ISC",
    "lgplv3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "mit": "MIT",
    "modified bsd": "BSD-3-Clause",
    "mozilla public 20": "MPL-2.0",
    "mozilla public 20 mpl 20": "MPL-2.0",
    "mpl 20": "MPL-2.0",
    "mpl2": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "psf": "PSF-2.0",
    "psfl": "PSF-2.0",
    "python software foundation": "PSF-2.0",
    "simplified bsd": "BSD-2-Clause",
    "unlicense": "Unlicense",
    "zlib": "Zlib",
    "zpl 21": "ZPL-2.1",
}


@dataclass(frozen=True, slots=True)
class Licence:
    """What a project says of its licence: the SPDX expression, "" when none can be read, and where that was read."""

    expression: str
    words: str

    def is_allowed(self, allowed: Collection[str]) -> bool:
        """Whether what is allowed is enough to use it."""
        if not self.expression:
            return UNKNOWN in allowed
        return _Expression(self.expression, allowed).value()

    def __str__(self) -> str:
        return self.expression or (f"unknown ({self.words})" if self.words else "unknown (it says none)")


def licence_of(core: Message | PackageMetadata) -> Licence:
    """The licence in core metadata: the expression, else the old field where it is clear, else the classifiers."""
    stated, field = ("".join(core.get_all(key) or ()) for key in ("License-Expression", "License"))
    if stated:
        return Licence(_canonical(stated), stated)
    words = next((line.strip() for line in field.splitlines() if line.strip()), "")[:80]
    classifiers = [
        each.rpartition(" :: ")[2] for each in core.get_all("Classifier") or () if each.startswith("License ::")
    ]
    known = [CLASSIFIERS.get(each, "") for each in classifiers if each != "OSI Approved"]
    from_field = _canonical(words) or SPELLINGS.get(_plain(words), "")
    if from_field and " AND " not in from_field:
        return Licence(from_field, words)
    if known and all(known):
        # Whether one may choose among several is not said.
        return Licence(" AND ".join(known), ", ".join(classifiers))
    return Licence(from_field, words or ", ".join(classifiers))


def not_expressions(texts: Collection[str]) -> list[str]:
    """Those of a list of allowed licences that are no licence of SPDX."""
    return [text for text in texts if text != UNKNOWN and (not _canonical(text) or re.search(r" (?:AND|OR) ", text))]


def _canonical(text: str) -> str:
    try:
        return canonicalize_license_expression(text) if text else ""
    except InvalidLicenseExpression:
        return ""


def _plain(words: str) -> str:
    """Words without what people write one way or the other."""
    small = re.sub(r"\b(?:the|licen[sc]ed?|under|v(?=\d)|version)\b", " ", words.lower().replace("-clause", "clause"))
    return " ".join(re.sub(r"[^\w+ ]", "", small.replace("-", " ")).split())


class _Expression:
    """An SPDX expression, asked whether what is allowed is enough: OR needs one, AND needs both."""

    def __init__(self, text: str, allowed: Collection[str]) -> None:
        self._tokens = iter([*re.findall(r"[()]|[^\s()]+", text), ""])
        self._allowed = {_canonical(each) for each in allowed}
        self._next = next(self._tokens)

    def value(self) -> bool:
        """Whether it is enough."""
        return any(self._separated("OR", self._all))

    def _all(self) -> bool:
        return all(self._separated("AND", self._one))

    def _separated(self, word: str, part: Callable[[], bool]) -> list[bool]:
        """All of the parts: what has not to be asked any more has to be read all the same."""
        found = [part()]
        while self._next == word:
            self._take()
            found.append(part())
        return found

    def _one(self) -> bool:
        word = self._take()
        if word == "(":
            inside = self.value()
            self._take()
            return inside
        if self._next != "WITH":
            return word in self._allowed
        self._take()
        # An exception only permits more.
        return bool({word, f"{word} WITH {self._take()}"} & self._allowed)

    def _take(self) -> str:
        word: str = self._next
        self._next = next(self._tokens, "")
        return word
