"""The filters of the page, and the CSS rules that implement them. Pure.

Choices are identified by our own numbers, never by foreign text: ``a3`` is the fourth agent, ``g5``
the first and the third group (bits).
"""

from collections.abc import Iterable, Mapping

from reconciler.engine.impact import GROUPS
from reconciler.late import dataclass
from reconciler.render.view import OF, Block, Row, Shared, Sheet

MEANINGS = {
    "spoken": "heard at once by a caller",
    "behaviour": "how it behaves",
    "reach": "what it can reach",
    "silent": "nothing a caller notices",
    "cosmetic": "same words, other characters",
}


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Agents by key with numbers and names, the groups that occur, and rows by shared number.

    Of a ``fleet`` projects are chosen, whose names begin the keys of their agents.
    """

    numbers: Mapping[str, int]
    names: Mapping[str, str]
    groups: tuple[str, ...]
    shared: Mapping[int, Row]
    fleet: bool = False

    @classmethod
    def of(cls, sheet: Sheet) -> "Choices":
        """The choices for a sheet."""
        keys = [block.key for block in sheet.blocks]
        for one in sheet.shared:
            keys += [*one.agents, *one.odd]
        fleet = bool(sheet.beside and sheet.beside.first)
        owners = dict.fromkeys(_owner(key) if fleet else key for key in keys)
        shared = {one.number: one.row for one in sheet.shared}
        found = {row.group for row in shared.values()} | {
            g.name for block in sheet.blocks for g in block.groups
        }
        return cls(
            numbers={owner: number for number, owner in enumerate(owners)},
            names={} if fleet else {block.key: block.name for block in sheet.blocks},
            fleet=fleet,
            groups=tuple(name for name in GROUPS if name in found or sheet.impacts.get(name)),
            shared=shared,
        )

    def of_agents(self, keys: Iterable[str]) -> str:
        """Classes of the parts that are shown if all agents or one of these are selected."""
        owners = (_owner(key) if self.fleet else key for key in keys)
        numbers = sorted({self.numbers[owner] for owner in owners})
        return " ".join(["of", *(f"a{number}" for number in numbers)])

    def of_all(self, shared: Iterable[Shared]) -> str:
        """Classes of what is shown if any agent of these shared changes is selected."""
        return self.of_agents({key for one in shared for key in one.agents})

    def of_groups(self, names: Iterable[str]) -> str:
        """The class of the parts that are shown if one of these groups is selected.

        Empty for no group.
        """
        bits = sum(1 << GROUPS.index(name) for name in {*names})
        return f"g{bits}" if bits else ""

    def groups_of(self, block: Block) -> list[str]:
        """The groups of an agent's changes, its own or shared."""
        return [group.name for group in block.groups] + [self.shared[n].group for n in block.shared]

    def css(self) -> str:
        """A rule per agent, which shows, and per set of groups, which hides."""
        agents = map(_shown, self.numbers.values())
        return "\n".join(["", *agents, *map(_hidden, range(1, 1 << len(GROUPS))), ""])


def _owner(key: str) -> str:
    """The project of an agent in a fleet."""
    return key.partition(OF)[0]


def _shown(number: int) -> str:
    """Show what belongs to this agent if it is selected.

    The rule searches only the form: browsers would search the whole page for each rule.
    """
    chosen = f'.filters:has(#agent [value="{number}"]:checked)'
    return f"{chosen} ~ main .of.a{number} {{ display: block }}"


def _hidden(bits: int) -> str:
    """Hide what belongs only to these groups if none of them is selected."""
    names = [name for place, name in enumerate(GROUPS) if bits >> place & 1]
    off = "".join(f":has(#group-{name}:not(:checked))" for name in names)
    return f".filters{off} ~ main .g{bits} {{ display: none !important }}"
