"""Unity Catalog names, quoted right, and shown only to those who may see them."""

from databricks_tools.access import Role, visible
from databricks_tools.names import InvalidNameError, TableName

__version__ = "0.2.0"
__all__ = ["InvalidNameError", "Role", "TableName", "visible"]
