"""What an operation of the REST interface is: an address, what it needs, what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from portal.permissions import Permission
from portal.query.resource import Words

Answered = tuple[Mapping[str, Any], int]  # a JSON object and its status
ROOT = "/api/v1"
PROBLEM = "Problem"  # the schema of every answer that is no success


@dataclass(frozen=True, slots=True)
class Answer:
    """One status an operation may answer with, why, and the schema of what it says."""

    status: int
    about: Words
    schema: str = PROBLEM


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `do` gets the address's variables, and of one with a body the object that was sent."""

    name: str
    method: Literal["get", "post"]
    path: str  # below ROOT, as OpenAPI writes it: /policy-events/{key}
    title: Words
    about: Words
    permission: Permission
    do: Callable[..., Answered]
    answers: tuple[Answer, ...]
    body: str = ""  # the schema of what is sent
    variables: Mapping[str, Words] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The name Flask and the gate know it by."""
        return f"api.{self.name}"

    @property
    def rule(self) -> str:
        """The address as Flask writes it."""
        return ROOT + self.path.replace("{", "<").replace("}", ">")
