"""What a run printed: as people see it, and as it was."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Log:
    """The log of a run. `masked` hides secrets as GitHub does; `raw` shows what programs really printed."""

    secrets: set[str] = field(default_factory=set, repr=False)
    masked: str = ""
    raw: str = field(default="", repr=False)

    def hide(self, secret: str) -> None:
        """Mask a value from now on; each line of it, too."""
        self.secrets |= {part for part in (secret, *secret.splitlines()) if part.strip()}

    def write(self, text: str) -> None:
        """Add what a program printed."""
        self.raw += text
        self.masked += self.mask(text)

    def note(self, text: str) -> None:
        """Add what the runner itself says, which is masked in any case: the inputs of an action, say."""
        self.masked += self.mask(text)

    def mask(self, text: str) -> str:
        """The text with every secret as ***, the longest first."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text
