"""The control plane of AWS CodeArtifact: what its own API can do with package versions, by boto3.

Operations and shapes are those of botocore's model of CodeArtifact (2018-09-22). An answer of 200 says little: what
went wrong stands in its `failedVersions`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tagboat.errors import IndexFailed
from tagboat.index.credentials import Credential
from tagboat.index.credentials.extras import install, library

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tagboat.index.credentials.aws import Aws

HOUR = 3600
"""How long a token lives; it is renewed while tagboat is at work, and not longer of use to who finds it."""

REASONS = {
    "ALREADY_EXISTS": "the version is there already, with other files",
    "MISMATCHED_REVISION": "somebody changed the version in the meantime",
    "MISMATCHED_STATUS": "somebody changed its status in the meantime",
    "NOT_ALLOWED": "the origin controls of the package, or its status, forbid it",
    "NOT_FOUND": "the repository has no such version",
    "SKIPPED": "left out, because another version failed",
}


SIGN_IN = "Sign in to AWS (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its kin."
ADVICE = {
    "AccessDeniedException": "The IAM policy must allow it; a token also needs sts:GetServiceBearerToken.",
    "ExpiredTokenException": SIGN_IN,
    "InvalidSignatureException": SIGN_IN,
    "NoCredentialsError": SIGN_IN,
    "NoRegionError": "Say region, or set AWS_REGION.",
    "ResourceNotFoundException": "Look at domain, owner, repository and region.",
    "UnrecognizedClientException": SIGN_IN,
}


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository by its names; `owner` is the account of the domain, "" for one's own."""

    domain: str
    name: str
    owner: str = ""

    @property
    def of_domain(self) -> dict[str, str]:
        """What every operation wants to know."""
        return {"domain": self.domain, **({"domainOwner": self.owner} if self.owner else {})}


class ControlPlane:
    """CodeArtifact's API for one repository. boto3 is imported, and AWS asked, at first use."""

    def __init__(self, index: str, repository: Repository, aws: Aws) -> None:
        self.index = index
        self.repository = repository
        self.aws = aws
        self._client: Any = None
        self._lock = threading.Lock()

    def token(self) -> Credential | None:
        """A token for uploading and reading; None without boto3 or without credentials for AWS."""
        found = self._guarded("look for credentials", self.aws.credentials) if self.aws.is_installed else None
        if found is None:
            return None
        answer = self._ask("get_authorization_token", durationSeconds=HOUR)
        source = f"AWS ({found.method})"
        return Credential("aws", answer["authorizationToken"], source, expires=answer["expiration"].timestamp())

    def endpoint(self) -> str:
        """The URL of the repository for Python."""
        answer = self._ask("get_repository_endpoint", repository=self.repository.name, format="pypi")
        return str(answer["repositoryEndpoint"])

    def statuses(self, project: str, version: Version) -> dict[str, str]:
        """The status of that version, by how CodeArtifact spells it; nothing when it has no such version."""
        found: dict[str, str] = {}
        for page in self._pages("list_package_versions", project, absent={"versions": []}):
            found |= {each["version"]: each["status"] for each in page["versions"] if _is(each["version"], version)}
        return found

    def assets(self, project: str, spelled: str) -> dict[str, str]:
        """The SHA-256 of every file of a version, by name."""
        found: dict[str, str] = {}
        for page in self._pages("list_package_version_assets", project, packageVersion=spelled):
            found |= {each["name"]: each.get("hashes", {}).get("SHA-256", "") for each in page["assets"]}
        return found

    def change(self, project: str, versions: Iterable[str], *, before: str, after: str) -> None:
        """Give versions another status. Raises `IndexFailed` for those that had not the one before."""
        self._change("update_package_versions_status", project, versions, expectedStatus=before, targetStatus=after)

    def delete(self, project: str, versions: Iterable[str]) -> None:
        """Remove versions with all of their files; the names are free afterwards."""
        self._change("delete_package_versions", project, versions, fine={"NOT_FOUND"})

    def copy(self, project: str, versions: Iterable[str], target: str) -> None:
        """Copy versions to another repository of the domain; one that is there already is left as it is."""
        self._change("copy_package_versions", project, versions, target=target, fine={"ALREADY_EXISTS"})

    def _change(
        self,
        operation: str,
        project: str,
        versions: Iterable[str],
        *,
        target: str = "",
        fine: Iterable[str] = (),
        **given: Any,
    ) -> None:
        wanted = list(versions)
        if target:
            given |= {"sourceRepository": self.repository.name, "destinationRepository": target}
        else:
            given |= {"repository": self.repository.name}
        answer = self._ask(operation, format="pypi", package=canonicalize_name(project), versions=wanted, **given)
        failed: Mapping[str, Mapping[str, str]] = answer.get("failedVersions", {})
        silent = set(wanted) - failed.keys() - answer.get("successfulVersions", {}).keys()
        wrong = [_failure(each, why) for each, why in failed.items() if why.get("errorCode") not in set(fine)]
        wrong += [f"{each}: not a word of it in the answer" for each in sorted(silent)]
        if wrong:
            raise IndexFailed(f"{self.index} did not {_words(operation)} of {project}", why="; ".join(wrong))

    def _pages(
        self, operation: str, project: str, absent: dict[str, Any] | None = None, **given: Any
    ) -> Iterable[dict[str, Any]]:
        wanted: dict[str, Any] = {"repository": self.repository.name, "format": "pypi", **given}
        wanted["package"] = canonicalize_name(project)
        while True:
            page = self._ask(operation, absent, **wanted)
            yield page
            if not page.get("nextToken"):
                return
            wanted["nextToken"] = page["nextToken"]

    def _ask(self, operation: str, absent: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
        """One operation's answer; `absent` stands in when what was asked for is not there."""
        if not self.aws.is_installed:
            raise IndexFailed(
                f"{self.index} cannot be asked to {_words(operation)}",
                why="That goes by the API of AWS, for which boto3 is needed.",
                next=f"{install('aws')}, and give credentials for AWS.",
            )

        def call() -> dict[str, Any]:
            client = self._connected()
            try:
                answer: dict[str, Any] = getattr(client, operation)(**self.repository.of_domain, **given)
            except client.exceptions.ResourceNotFoundException as error:
                if absent is None or error.response.get("resourceType") in {"domain", "repository"}:
                    raise
                return absent
            return answer

        answer: dict[str, Any] = self._guarded(_words(operation), call)
        return answer

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self.aws.client("codeartifact")
            return self._client

    def _guarded(self, what: str, act: Any) -> Any:
        """What `act` returns. Raises `IndexFailed` in the words of AWS for everything that it stumbles over."""
        errors = library("botocore.exceptions")
        try:
            return act()
        except errors.ClientError as error:
            said = error.response.get("Error", {})
            why = f"AWS said {said.get('Code', 'nothing')}: {said.get('Message', '')}".removesuffix(": ")
            next = ADVICE.get(said.get("Code", ""), "")  # noqa: A001 - the word of the errors
        except (errors.BotoCoreError, OSError) as error:
            why, next = str(error), ADVICE.get(type(error).__name__, "")  # noqa: A001
        raise IndexFailed(f"{self.index} could not {what}", why=why, next=next)


def _is(spelled: str, version: Version) -> bool:
    try:
        return Version(spelled) == version
    except InvalidVersion:
        return False


def _failure(spelled: str, why: Mapping[str, str]) -> str:
    code = why.get("errorCode", "no code")
    words = why.get("errorMessage") or REASONS.get(code, "")
    return f"{spelled}: {code}{f' ({words})' if words else ''}"


def _words(operation: str) -> str:
    return operation.replace("_", " ")
