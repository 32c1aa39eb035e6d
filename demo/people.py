"""The demo people, by handle; the handles are what `server.py token --as` takes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from models.accounts import Role

NAMESPACE = UUID("6d0b7a52-0a5e-4d3c-9a3e-3b7f5d2c1e90")


@dataclass(frozen=True, slots=True)
class Place:
    """A demo structure."""

    handle: str
    name: str
    territory: str
    time_zone: str

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, f"structure:{self.handle}")


@dataclass(frozen=True, slots=True)
class Person:
    """A demo account."""

    handle: str
    first_name: str
    last_name: str
    role: Role
    place: str | None = None
    advisor: str | None = None
    activated: bool = True

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE, f"account:{self.handle}")

    @property
    def subject(self) -> str:
        """The subject of its tokens."""
        return f"demo-{self.handle}"

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


PLACES = (
    Place("paris", "Mission locale des Canaux", "75", "Europe/Paris"),
    Place("reunion", "Mission locale du Volcan", "974", "Indian/Reunion"),
)

PEOPLE = (
    Person("sam", "Sam", "Diallo", Role.ADVISOR, "paris"),
    Person("alex", "Alex", "Hoarau", Role.ADVISOR, "reunion"),
    Person("jo", "Jo", "Martin", Role.BENEFICIARY, "paris", "sam"),
    Person("lou", "Lou", "Payet", Role.BENEFICIARY, "reunion", "alex"),
    Person("ines", "Inès", "Bouchard", Role.BENEFICIARY, "paris", "sam"),
    Person("mehdi", "Mehdi", "Lagarde", Role.BENEFICIARY, "paris", "sam"),
    Person("chloe", "Chloé", "N'Guyen", Role.BENEFICIARY, "paris", "sam"),
    Person("theo", "Théo", "Le Goff", Role.BENEFICIARY, "paris", "sam"),
    Person("awa", "Awa", "Sarr", Role.BENEFICIARY, "paris", "sam", activated=False),
    Person("support", "Équipe", "Support", Role.SUPPORT),
    Person("integrator", "Observatoire", "des parcours", Role.INTEGRATOR),
)

BY_HANDLE = {person.handle: person for person in PEOPLE}
SIGN_IN = ("jo", "sam", "lou", "alex", "support", "integrator")
