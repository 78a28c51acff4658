"""AWS by boto3, in the environment that tagboat was given.

boto3 reads the variables of its own process wherever it likes. Here everything that it reads for credentials, profiles
and settings comes from one mapping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tagboat.index.credentials.extras import library

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WEB_IDENTITY = {
    "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
    "role_arn": "AWS_ROLE_ARN",
    "role_session_name": "AWS_ROLE_SESSION_NAME",
}


@dataclass(frozen=True, slots=True)
class Aws:
    """How to reach AWS.

    Attributes:
        environ: where credentials, the profile and the settings are named.
        home: the user's own folder, with `.aws` in it.
        region: the region; "" leaves it to the profile.
        endpoint_url: the server of the API, where it is not AWS's public one.
        ca_file: certificates trusted besides those that boto3 trusts.
    """

    environ: Mapping[str, str] = field(repr=False)
    home: Path
    region: str = ""
    endpoint_url: str = ""
    ca_file: Path | None = None

    @property
    def is_installed(self) -> bool:
        """Whether there is boto3, which nothing else here does without."""
        return library("boto3") is not None

    def credentials(self) -> Any:
        """Credentials for AWS with the `method` that found them, or None. May ask the machine's metadata server."""
        return self._session().get_credentials()

    def client(self, service: str, **settings: object) -> Any:
        """A client that gives up soon enough for a person who waits; `settings` are further ones of botocore."""
        quick = library("botocore.config").Config(
            connect_timeout=10, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 4}, **settings
        )
        return self._session().client(
            service,
            endpoint_url=self.endpoint_url or None,
            verify=str(self.ca_file) if self.ca_file else None,
            config=quick,
        )

    def _session(self) -> Any:
        settings = {
            "AWS_CONFIG_FILE": str(self.home / ".aws" / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / ".aws" / "credentials"),
            **{name: value for name, value in self.environ.items() if value},
        }
        core = _core(settings, self.region)
        return library("boto3").Session(botocore_session=core, region_name=self.region or None)


def _core(settings: Mapping[str, str], region: str) -> Any:
    """A session of botocore that looks at the settings where it would look at the process's environment."""
    core = library("botocore.session").Session()
    chains = library("botocore.configprovider").ConfigChainFactory(session=core, environ=settings)
    store = core.get_component("config_store")
    for name, (keys, variables, default, convert) in core.SESSION_VARIABLES.items():
        store.set_config_provider(name, chains.create_config_chain(name, variables, keys, default, convert))
    core.register_component("credential_provider", _resolver(core, settings, region))
    return core


def _resolver(core: Any, settings: Mapping[str, str], region: str) -> Any:
    """Botocore's own chain of credentials, with those links exchanged that read variables themselves."""
    credentials = library("botocore.credentials")
    resolver = credentials.create_credential_resolver(core, region_name=region or None)
    for provider in (
        credentials.EnvProvider(settings),
        _web_identity(core, settings, region),
        credentials.ContainerProvider(settings),
    ):
        resolver.insert_after(provider.METHOD, provider)
        resolver.remove(provider.METHOD)  # takes the first of that name away
    if settings.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        resolver.remove("iam-role")  # else a machine outside of AWS costs a second or two: botocore's own limits
    return resolver


def _web_identity(core: Any, settings: Mapping[str, str], region: str) -> Any:
    """A role for whoever holds a token file, as on EKS; the variables win over the profile."""
    profile = core.get_config_variable("profile") or "default"
    named = {key: settings[variable] for key, variable in WEB_IDENTITY.items() if variable in settings}

    def config() -> dict[str, object]:
        return {"profiles": {profile: {**core.full_config.get("profiles", {}).get(profile, {}), **named}}}

    return library("botocore.credentials").AssumeRoleWithWebIdentityProvider(
        load_config=config,
        client_creator=partial(core.create_client, region_name=region or None),
        profile_name=profile,
        disable_env_vars=True,
    )
