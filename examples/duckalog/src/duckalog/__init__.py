"""Build DuckDB catalogs from declarative configuration files."""

from importlib.metadata import version

from duckalog.catalog import Attachment, Catalog, CatalogError, View, load
from duckalog.sql import build_sql

__version__ = version("duckalog")
__all__ = ["Attachment", "Catalog", "CatalogError", "View", "build_sql", "load"]
