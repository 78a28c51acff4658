"""Objects in a bucket of S3-compatible storage, by boto3, which is imported at the first request.

Several may write at once: an object is only replaced when it is still the one that was read (If-Match), and only
made when there is none (If-None-Match).
"""

from __future__ import annotations

import base64
import random
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagboat.distribution import sha256_of
from tagboat.errors import CheckFailed, ConfigError, IndexFailed
from tagboat.index.credentials.extras import install, library
from tagboat.index.http import FIRST_PAUSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from tagboat.distribution import Distribution
    from tagboat.index.credentials.aws import Aws
    from tagboat.index.interface import Progress

ATTEMPTS = 50
BLOCK = 1 << 20
LARGEST = 5 << 30  # of one put; a put in parts could not be checked against a SHA-256
PAGES = "max-age=0, must-revalidate"
FILES = "public, max-age=31536000, immutable"
NO_OBJECT = '"00000000000000000000000000000000"'
UNCONDITIONAL = "Without conditional writes (If-Match, If-None-Match) two publishers could lose each other's files."

LOGIN = (
    "Credentials are found as boto3 finds them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, "
    "the profile of AWS_PROFILE, the role of the machine."
)
PLACE = "Create the bucket {bucket}, or look at bucket, region and endpoint-url in {table}."
FORBIDDEN = (
    "Whoever publishes needs s3:ListBucket on {bucket}, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is "
    f"in it. {LOGIN}"
)
ADVICE = {
    "NoSuchBucket": PLACE,
    "ParamValidationError": PLACE,  # a name that no bucket can have
    "NotImplemented": f"{UNCONDITIONAL} Use a server that has them.",
    "XMinioInvalidObjectName": "MinIO holds no page under a key that ends in a slash, and pip asks for just that. Use "
    "another server.",
    **dict.fromkeys(
        ("NoCredentialsError", "PartialCredentialsError", "InvalidAccessKeyId", "SignatureDoesNotMatch"), LOGIN
    ),
}


@dataclass(frozen=True, slots=True)
class Held:
    """An object's content, and the name that the server gives to just this content."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Lying:
    """An object as a listing tells of it."""

    key: str
    size: int
    modified: datetime


class Bucket:
    """The objects of one bucket. What goes wrong is an `IndexFailed` in the name of the index."""

    def __init__(self, index: str, bucket: str, aws: Aws, sleep: Callable[[float], None]) -> None:
        self.index = index
        self.bucket = bucket
        self._aws = aws
        self._sleep = sleep
        self._lock = threading.Lock()
        self._made: Any = None

    def who(self) -> tuple[str, str] | None:
        """The id of the access key and how boto3 came by it; None when it found none."""
        with self._errors("has no usable credential"):
            self._client()  # tells what is missing to make one
            found = self._aws.credentials()
            return (found.access_key, found.method) if found else None

    def read(self, key: str) -> Held | None:
        """What the object holds; None when there is none."""
        client = self._client()
        with self._errors(f"cannot be read: {key}"):
            try:
                answer = client.get_object(Bucket=self.bucket, Key=key)
            except _exceptions().ClientError as error:
                if _code(error) == "NoSuchKey":
                    return None
                raise
            return Held(answer["Body"].read(), answer["ETag"])

    def settle(self, key: str, content_type: str, make: Callable[[bytes | None], bytes]) -> bool:
        """Make the object what `make` makes of its content (None: there is none); whether there was need to.

        When somebody else was quicker, it is made anew of what they wrote.
        """
        for attempt in range(ATTEMPTS):
            held = self.read(key)
            body = make(held.body if held else None)
            if held and held.body == body:
                return False
            if self._replace(key, body, content_type, held):
                return True
            self._sleep(FIRST_PAUSE * random.random() * min(attempt + 1, 8))  # noqa: S311 - spreads load
        raise IndexFailed(
            f"{self.index} cannot be written: {key}",
            why=f"Others wrote it {ATTEMPTS} times while we tried.",
            next="Run the same command again; what is done already is kept.",
        )

    def put(self, key: str, body: bytes, content_type: str) -> None:
        """Write a small object that never changes."""
        with self._errors(f"did not take {key}"):
            self._client().put_object(
                Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, CacheControl=FILES
            )

    def send(self, key: str, distribution: Distribution, content_type: str, progress: Progress | None) -> None:
        """Write a distribution; the server checks its bytes. Raises `CheckFailed` when they have changed."""
        if sha256_of(distribution.path) != distribution.sha256:
            raise CheckFailed(f"{distribution.filename} was changed after it was built and checked")
        done = 0

        def count(more: int) -> None:
            nonlocal done
            done += more
            if progress is not None:
                progress(done, distribution.size)

        with self._errors(f"did not take {distribution.filename}"):
            self._client().upload_file(
                str(distribution.path),
                self.bucket,
                key,
                ExtraArgs={
                    "ContentType": content_type,
                    "CacheControl": FILES,
                    "ChecksumSHA256": base64.b64encode(bytes.fromhex(distribution.sha256)).decode(),
                },
                Callback=count,
                Config=library("boto3.s3.transfer").TransferConfig(multipart_threshold=LARGEST, use_threads=False),
            )

    def download(self, key: str, path: Path) -> None:
        """Write the object's content to a file."""
        with self._errors(f"did not hand out {key}"):
            body = self._client().get_object(Bucket=self.bucket, Key=key)["Body"]
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for block in body.iter_chunks(BLOCK):
                    file.write(block)

    def listing(self, prefix: str) -> Iterator[Lying]:
        """The objects whose keys begin so."""
        with self._errors("cannot be listed"):
            pages = self._client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for each in page.get("Contents", ()):
                    yield Lying(each["Key"], each["Size"], each["LastModified"])

    def remove(self, keys: Iterable[str]) -> None:
        """Remove these objects; what is gone already is no error."""
        for key in keys:
            with self._errors(f"did not delete {key}"):
                self._client().delete_object(Bucket=self.bucket, Key=key)

    def try_out(self, key: str) -> None:
        """Raise what an upload would, by a write that cannot happen: it replaces an object that nobody has.

        Whoever may not write is told so before the condition is looked at. A server that does not know conditions
        either says so or writes the object, which is removed again.
        """
        next(iter(self.listing(key)), None)
        if self._replace(key, b"probe", "text/plain", Held(b"", NO_OBJECT)):
            self.remove([key])
            raise IndexFailed(f"{self.index} ignores the conditions of a write", why=UNCONDITIONAL)

    def is_private(self) -> bool:
        """Whether the bucket's policy surely lets nobody read without a credential."""
        client = self._client()
        try:
            status = client.get_bucket_policy_status(Bucket=self.bucket)
        except _exceptions().ClientError as error:
            return _code(error) == "NoSuchBucketPolicy"
        return status["PolicyStatus"].get("IsPublic") is False

    def _replace(self, key: str, body: bytes, content_type: str, held: Held | None) -> bool:
        """Write the object if it is still as it was held; whether it was."""
        condition = {"IfMatch": held.etag} if held else {"IfNoneMatch": "*"}
        client = self._client()
        with self._errors(f"cannot be written: {key}"):
            try:
                client.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=body,
                    ContentType=content_type,
                    CacheControl=PAGES,
                    **condition,
                )
            except _exceptions().ClientError as error:
                # 409: somebody else is writing or deleting it at this moment.
                if _status(error) in {409, 412} or _code(error) == "NoSuchKey":
                    return False
                raise
            return True

    def _client(self) -> Any:
        """boto3's own client; of any number of threads the first one makes it."""
        with self._lock:
            if not self._aws.is_installed:
                raise ConfigError(f"{self.index} needs boto3, which is not installed", next=f"{install('s3')}")
            if self._made is None:
                self._made = self._aws.client(
                    "s3",
                    s3={"addressing_style": "path" if self._aws.endpoint_url else "auto"},
                    # Newer checksums than many servers know; the one of a distribution is sent all the same.
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                )
            return self._made

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except _failures() as error:
            cause = error.__context__ if isinstance(error, _upload_failed()) and error.__context__ else error
            raise IndexFailed(f"{self.index} {what}", why=_words(cause), next=self._advice(cause)) from None

    def _advice(self, error: Any) -> str:
        status = _status(error)
        known = ADVICE.get(_code(error)) or (ADVICE["NotImplemented"] if status == 501 else "")
        if not known and status in {401, 403}:
            known = FORBIDDEN
        elif not known and (status in {0, 429} or status >= 500):
            known = "Run the same command again; when it fails again, look at region and endpoint-url in {table}."
        return known.format(bucket=self.bucket, table=f"[tool.tagboat.index.{self.index}]")


def _exceptions() -> Any:
    return library("botocore.exceptions")


def _upload_failed() -> Any:
    return library("boto3.exceptions").S3UploadFailedError


def _failures() -> tuple[type[Exception], ...]:
    """What boto3 raises; nothing when it is not there to raise anything."""
    if library("boto3") is None:
        return ()
    return (_exceptions().BotoCoreError, _exceptions().ClientError, _upload_failed())


def _code(error: Any) -> str:
    """The server's word for it, or boto3's own when no answer came."""
    response = getattr(error, "response", None)
    return str(response["Error"].get("Code", "")) if response else type(error).__name__


def _status(error: Any) -> int:
    response = getattr(error, "response", None)
    return int(response["ResponseMetadata"]["HTTPStatusCode"]) if response else 0


def _words(error: Any) -> str:
    response = getattr(error, "response", None)
    return f"{_code(error)}: {response['Error'].get('Message', '')}" if response else str(error)
