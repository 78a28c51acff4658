"""`[tool.tagboat]` of pyproject.toml: what it can say, and how it is checked."""

from tagboat.config.model import BuildConfig, CheckConfig, Config, IndexConfig, VerifyConfig, VersionFile
from tagboat.config.reader import load_config, parse_config

__all__ = [
    "BuildConfig",
    "CheckConfig",
    "Config",
    "IndexConfig",
    "VerifyConfig",
    "VersionFile",
    "load_config",
    "parse_config",
]
