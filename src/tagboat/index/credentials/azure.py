"""A token of Microsoft Entra for Azure DevOps, by azure-identity, in the environment that tagboat was given.

The libraries' own search tries everything in turn, which takes long and reads the process's environment. Here only
what the environment speaks of is tried: a service principal, a workload's identity, or whom `az login` signed in.
Not verified: that Azure Artifacts takes such a token as the password of HTTP Basic, as it does with the token of a
pipeline, which is of the same kind.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from tagboat.errors import IndexFailed
from tagboat.index.credentials.credential import Credential
from tagboat.index.credentials.extras import library

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCOPE = "499b84ac-1321-427f-aa17-267ca6975798/.default"  # Azure DevOps, in every tenant
USER = "tagboat"  # any does


def entra_token(index: str, environ: Mapping[str, str], ca_file: Path | None = None) -> Credential | None:
    """A token, or None without azure-identity or without anybody who is signed in."""
    identity = library("azure.identity")
    found = _identity(identity, environ, ca_file) if identity is not None else None
    if found is None:
        return None
    source, credential = found
    errors = library("azure.core.exceptions")
    try:
        token = credential.get_token(SCOPE)
    except identity.CredentialUnavailableError:  # `az` is there, and nobody is signed in
        return None
    except errors.AzureError as error:
        first, *_ = str(error).splitlines()
        raise IndexFailed(f"{index} could not get a token from {source}", why=first) from None
    return Credential(USER, token.token, source, expires=float(token.expires_on))


def _identity(identity: Any, environ: Mapping[str, str], ca_file: Path | None) -> tuple[str, Any] | None:
    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE")
    tenant, client, secret, file = (environ.get(name, "") for name in names)
    where: dict[str, Any] = {"connection_verify": str(ca_file)} if ca_file else {}
    if host := environ.get("AZURE_AUTHORITY_HOST"):  # a cloud of one's own: Microsoft's public one need not know it
        where |= {"authority": host, "disable_instance_discovery": True}
    if tenant and client and secret:
        return "Microsoft Entra (AZURE_CLIENT_SECRET)", identity.ClientSecretCredential(tenant, client, secret, **where)
    if tenant and client and file:
        workload = identity.WorkloadIdentityCredential(
            tenant_id=tenant, client_id=client, token_file_path=file, **where
        )
        return "Microsoft Entra (AZURE_FEDERATED_TOKEN_FILE)", workload
    if shutil.which("az", path=environ.get("PATH", "")):
        return "Microsoft Entra (az login)", identity.AzureCliCredential(process_timeout=20)
    return None
