"""Licences that metadata of any age states, and what a list of allowed ones makes of them."""

from __future__ import annotations

from email.message import Message

import pytest

from tagboat.ci.dependencies.licences import CLASSIFIERS, SPELLINGS, licence_of, not_expressions


def core(expression: str = "", field: str = "", *classifiers: str) -> Message:
    message = Message()
    if expression:
        message["License-Expression"] = expression
    if field:
        message["License"] = field
    for classifier in classifiers:
        message["Classifier"] = classifier
    return message


OSI = "License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("metadata", "expression"),
    [
        (core("mit or (apache-2.0 and bsd-3-clause)"), "MIT OR (Apache-2.0 AND BSD-3-Clause)"),
        (core("no such licence"), ""),
        (core("MIT", "BSD", f"{OSI}ISC License (ISCL)"), "MIT"),
        (core("", "MIT"), "MIT"),
        (core("", "The MIT License"), "MIT"),
        (core("", "MIT License\n\nCopyright (c) somebody\n"), "MIT"),
        (core("", "Apache License, Version 2.0"), "Apache-2.0"),
        (core("", "Apache-2.0 OR MIT"), "Apache-2.0 OR MIT"),
        (core("", "BSD 3-Clause License"), "BSD-3-Clause"),
        (core("", "3-Clause BSD"), "BSD-3-Clause"),
        (core("", "GPLv3+"), "GPL-3.0-or-later"),
        (core("", "BSD"), "BSD-2-Clause AND BSD-3-Clause"),
        (core("", "BSD-3-Clause", f"{OSI}BSD License"), "BSD-3-Clause"),
        (core("", "BSD", f"{OSI}MIT License"), "MIT"),
        (core("", "", f"{OSI}MIT License"), "MIT"),
        (core("", "see LICENSE", f"{OSI}Python Software Foundation License"), "PSF-2.0"),
        (core("", "", f"{OSI}MIT License", f"{OSI}Apache Software License"), "MIT AND Apache-2.0"),
        (core("", "", "License :: OSI Approved", f"{OSI}MIT License"), "MIT"),
        (core("", "", f"{OSI}MIT License", "License :: Other/Proprietary License"), ""),
        (core("", "see LICENSE"), ""),
        (core("", "", "Programming Language :: Python"), ""),
    ],
)
def test_a_licence_is_read_where_it_is_said_best(metadata: Message, expression: str) -> None:
    assert licence_of(metadata).expression == expression


def test_what_is_not_known_keeps_its_words() -> None:
    assert str(licence_of(core("", "see LICENSE"))) == "unknown (see LICENSE)"
    assert (
        str(licence_of(core("", "", "License :: Other/Proprietary License"))) == "unknown (Other/Proprietary License)"
    )
    assert str(licence_of(core())) == "unknown (it says none)"
    assert str(licence_of(core("mit"))) == "MIT"


@pytest.mark.parametrize(
    ("expression", "allowed", "enough"),
    [
        ("MIT", ["MIT"], True),
        ("MIT", ["mit"], True),
        ("MIT", ["ISC"], False),
        ("MIT", [], False),
        ("MIT OR GPL-3.0-only", ["MIT"], True),
        ("GPL-3.0-only OR MIT", ["MIT"], True),
        ("MIT AND GPL-3.0-only", ["MIT"], False),
        ("MIT AND ISC", ["MIT", "ISC"], True),
        ("GPL-3.0-only OR MIT AND ISC", ["MIT", "ISC"], True),
        ("(GPL-3.0-only OR MIT) AND ISC", ["MIT"], False),
        ("(GPL-3.0-only OR MIT) AND (ISC OR 0BSD)", ["MIT", "0BSD"], True),
        ("Apache-2.0 WITH LLVM-exception", ["Apache-2.0"], True),
        ("Apache-2.0 WITH LLVM-exception OR MIT", ["ISC"], False),
        ("GPL-3.0-only WITH GCC-exception-3.1", ["GPL-3.0-only WITH GCC-exception-3.1"], True),
        ("GPL-3.0-only", ["GPL-3.0-only WITH GCC-exception-3.1"], False),
        ("LicenseRef-Own", ["LicenseRef-Own"], True),
    ],
)
def test_or_needs_one_and_needs_both(expression: str, allowed: list[str], *, enough: bool) -> None:
    assert licence_of(core(expression)).is_allowed(allowed) == enough


def test_what_says_no_licence_has_to_be_let_pass_by_name() -> None:
    assert not licence_of(core()).is_allowed(["MIT"])
    assert licence_of(core()).is_allowed(["MIT", "unknown"])


def test_a_list_holds_licences_each_by_itself() -> None:
    assert not_expressions(["MIT", "Apache-2.0 WITH LLVM-exception", "unknown"]) == []
    assert not_expressions(["MIT OR ISC", "Apache", "MIT"]) == ["MIT OR ISC", "Apache"]


def test_every_expression_that_is_looked_up_is_one_of_spdx() -> None:
    for expression in (*CLASSIFIERS.values(), *SPELLINGS.values()):
        assert licence_of(core(expression)).expression == expression
