"""THE list of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.audit.rules import (
    artifacts,
    checkouts,
    environments,
    flow,
    gates,
    identity,
    permissions,
    pins,
    runs,
    scripts,
    secrets,
)

if TYPE_CHECKING:
    from tagboat.ci.audit.finding import Rule

RULES: tuple[Rule, ...] = (
    # who may do what
    permissions.MISSING,
    permissions.AT_TOP,
    permissions.NOT_EMPTY,
    permissions.BESIDE,
    identity.MISSING,
    identity.ELSEWHERE,
    identity.BUILDS_THERE,
    identity.CODE,
    environments.MISSING,
    environments.COMPUTED,
    # when it is published
    gates.UNGATED,
    gates.UNGATED_TEST,
    gates.DESPITE_FAILURE,
    gates.FAILURE_IGNORED,
    gates.DANGEROUS_TRIGGER,
    gates.SCHEDULED,
    gates.CALLED,
    gates.NOT_DRY,
    gates.UNCONFIRMED,
    gates.DECIDED_AGAIN,
    scripts.ALWAYS_TRUE,
    scripts.AS_TEXT,
    scripts.SECRET,
    # what it runs, of whom
    pins.UNPINNED,
    pins.UNCOMMENTED,
    pins.UNTRUE,
    pins.UNKNOWN,
    pins.IMAGES,
    pins.INCLUDES,
    runs.UNLOCKED,
    scripts.INJECTED,
    scripts.PASTED,
    # where secrets go
    secrets.SHOWN_TO_OTHERS,
    secrets.FOR_ALL,
    secrets.INHERITED,
    secrets.ECHOED,
    checkouts.PERSISTED,
    # what is handed over
    artifacts.OVERWRITTEN,
    artifacts.CLASHING,
    artifacts.EMPTY,
    artifacts.BY_NAME,
    artifacts.FOREIGN,
    flow.UNCHECKED,
    artifacts.CACHED,
    artifacts.CACHED_BY_DEFAULT,
    checkouts.SHALLOW,
    checkouts.BUILD_SHALLOW,
    runs.TIMELESS,
    runs.NUMBERS,
    # what comes before and after
    flow.UNTESTED,
    flow.FAIL_FAST,
    flow.TWO,
    flow.SKIPPING,
    flow.PASSWORD,
    flow.NO_ATTESTATIONS,
    flow.BY_TOKEN,
    flow.RUNNER,
    flow.UNVERIFIED,
    flow.GUESSING,
    flow.MIXED,
    flow.TOO_EARLY,
    flow.NOT_WAITING,
    flow.STARTS_NOTHING,
    # runs beside one another
    runs.CANCELLED,
    runs.BESIDE,
    runs.DROPPED,
    runs.ENDLESS,
    runs.INTERRUPTED,
    runs.AT_ONCE,
    runs.RETRIED,
)
