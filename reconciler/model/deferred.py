"""Records some of whose fields are only made when one of them is asked for.

Of a thousand agents that have not changed, most are told apart by their ids alone: what their files
say and what the API answered is then not taken apart.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_R = TypeVar("_R", bound="DataclassInstance")

_MAKE = "_make"


def deferred(record: type[_R], make: Callable[[], Mapping[str, Any]], /, **known: Any) -> _R:
    """A frozen dataclass of which some fields are ``known``; ``make`` returns the others.

    The class must be :class:`Deferred`, and the fields that are made must have no plain default:
    that would be found first.
    """
    _ = record.__dataclass_fields__  # makes a class that is made late: it has other attributes
    made = object.__new__(record)
    vars(made).update(known, **{_MAKE: make})
    return made


class Deferred:
    """The base of records that :func:`deferred` makes."""

    if not TYPE_CHECKING:  # a type checker must go on to report names that do not exist

        def __getattr__(self, name: str) -> Any:
            """Make the missing fields, once; this is asked only for names that are not there."""
            make = vars(self).get(_MAKE)
            if make is None:
                raise AttributeError(f"{type(self).__name__} has no {name}")
            vars(self).update({**make(), **vars(self)})
            vars(self).pop(_MAKE, None)
            return getattr(self, name)
