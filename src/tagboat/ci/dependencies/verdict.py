"""What is wrong with the dependencies of a release, and the page that tells all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.markdown import code, table
from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tagboat.ci.dependencies.installed import Dependency
    from tagboat.ci.dependencies.vulnerabilities import Vulnerability


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. `vulnerabilities` is None when nobody could be asked; `allowed` None looks at no licence."""

    dependencies: tuple[Dependency, ...]
    vulnerabilities: tuple[Vulnerability, ...] | None
    allowed: tuple[str, ...] | None = None
    accepted: tuple[str, ...] = ()

    def problems(self) -> list[Problem]:
        """Everything that stops a release."""
        return [*self._licences(), *self._vulnerable()]

    def of_no_use(self) -> list[str]:
        """The accepted identifiers that nothing has any more."""
        known = {name for each in self.vulnerabilities or () for name in each.names}
        return [name for name in self.accepted if self.vulnerabilities is not None and name not in known]

    def _licences(self) -> Iterator[Problem]:
        for each in self.dependencies:
            if self.allowed is not None and not each.licence.is_allowed(self.allowed):
                yield Problem(
                    f"{each.name} {each.version} has a licence that is not allowed: {each.licence}",
                    f"Allowed are: {', '.join(self.allowed) or 'none'}.",
                    "Do without it, or add it to `licences` in [tool.tagboat.ci]"
                    + ("." if each.licence.expression else ' as "unknown", once you have read it.'),
                )

    def _vulnerable(self) -> Iterator[Problem]:
        for each in self.vulnerabilities or ():
            if not self.is_accepted(each):
                mended = (
                    f"It is mended in {', '.join(each.mended)}" if each.mended else "No version without it is known"
                )
                yield Problem(
                    f"{each.dependency} {each.version} is vulnerable: {', '.join(each.names)}",
                    f"{mended}.",
                    "Require a version without it; where it does no harm here, add it to `accepted-vulnerabilities` in"
                    " [tool.tagboat.ci].",
                )

    def is_accepted(self, vulnerability: Vulnerability) -> bool:
        """Whether somebody said that it does no harm here, by any of its names."""
        return not set(self.accepted).isdisjoint(vulnerability.names)


def check_allowed(allowed: Collection[str] | None) -> None:
    """Raise `ConfigError` that names every allowed licence that is none."""
    from tagboat.ci.dependencies.licences import not_expressions

    wrong = not_expressions(allowed or ())
    if wrong:
        raise ConfigError(
            f"`licences` in [tool.tagboat.ci] holds what is no licence: {', '.join(wrong)}",
            next='Write SPDX identifiers, each by itself, such as "MIT" or "Apache-2.0".',
        )


def summary(project: str, verdict: Verdict) -> str:
    """The page, as Markdown."""
    lines = [f"## What {project} depends on", ""]
    if verdict.dependencies:
        head = ("Dependency", "Licence", "Known vulnerabilities")
        lines.append(table(head, [_row(each, verdict) for each in verdict.dependencies]))
    else:
        lines.append("Nothing.")
    if verdict.vulnerabilities is None:
        lines.append("Nobody could be asked for vulnerabilities. That is not the same as none known.")
    lines += [f"{code(name)} is accepted, and nothing has it any more." for name in verdict.of_no_use()]
    count = len(verdict.problems())
    lines.append(f"{count} to mend." if count else "Nothing to mend." if verdict.vulnerabilities is not None else "")
    return "\n".join(lines).rstrip() + "\n"


def document(verdict: Verdict) -> dict[str, object]:
    """All of it, for machines."""
    return {
        "dependencies": [
            {"name": each.name, "version": each.version, "licence": each.licence.expression, "said": each.licence.words}
            for each in verdict.dependencies
        ],
        "vulnerabilities": [
            {
                "dependency": each.dependency,
                "version": each.version,
                "names": list(each.names),
                "mended": list(each.mended),
                "accepted": verdict.is_accepted(each),
            }
            for each in verdict.vulnerabilities or ()
        ],
        "problems": [{"what": each.what, "why": each.why, "next": each.next} for each in verdict.problems()],
    }


def _row(dependency: Dependency, verdict: Verdict) -> Sequence[str]:
    bad = verdict.allowed is not None and not dependency.licence.is_allowed(verdict.allowed)
    mine = [each for each in verdict.vulnerabilities or () if _same(each, dependency)]
    said = [f"{code(each.names[0])}{' (accepted)' if verdict.is_accepted(each) else ''}" for each in mine]
    none = "–" if verdict.vulnerabilities is not None else "?"
    return (
        code(f"{dependency.name} {dependency.version}"),
        f"{code(str(dependency.licence))}{' (not allowed)' if bad else ''}",
        ", ".join(said) or none,
    )


def _same(vulnerability: Vulnerability, dependency: Dependency) -> bool:
    from packaging.utils import canonicalize_name

    return canonicalize_name(vulnerability.dependency) == canonicalize_name(dependency.name)
