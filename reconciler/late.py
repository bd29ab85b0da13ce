"""Classes and patterns that are made when they are first used.

A command imports many modules and uses little of each. Making a dataclass takes a third of a
millisecond, since its methods are compiled, and so does compiling a regular expression. These are
``dataclasses.dataclass`` and ``re.compile`` for the names of a module, only later. Of objects that
a run has thousands of, copies (``changed``) and cached values are cheaper than the standard ones.
"""

import dataclasses
import re
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
    from dataclasses import replace as changed
    from functools import cached_property
    from re import compile as pattern
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """A dataclass; it is made with its first object, or if somebody looks at its fields."""
        if cls is None:
            return lambda one: dataclass(one, **options)
        if "__init__" in vars(cls) or options.get("slots"):
            return dataclasses.dataclass(cls, **options)
        fields = _Fields(cls, options)

        def __init__(self: object, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            fields.make()
            cls.__init__(self, *args, **kwargs)

        cls.__init__, cls.__dataclass_fields__ = __init__, fields
        return cls

    class pattern:  # noqa: N801 - to those who use it a function
        """A regular expression; it is compiled when it is first used."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self._what = (text, flags)

        def __getattr__(self, name: str) -> Any:
            made = re.compile(*self._what)
            for method in ("search", "match", "fullmatch", "finditer", "findall", "sub", "split"):
                setattr(self, method, getattr(made, method))
            return getattr(made, name)

    class cached_property:  # noqa: N801 - to those who use it a function
        """The standard one, without the lock that Python 3.11 takes for each value."""

        def __init__(self, make: Any) -> None:
            self._make, self._name, self.__doc__ = make, make.__name__, make.__doc__

        def __get__(self, one: object, _owner: type | None = None) -> Any:
            if one is None:
                return self
            value = vars(one)[self._name] = self._make(one)
            return value

    def changed(one: Any, /, **fields: Any) -> Any:
        """``dataclasses.replace`` in half of the time, without ``__init__`` and what it checks."""
        made = object.__new__(type(one))
        vars(made).update({name: getattr(one, name) for name in one.__dataclass_fields__}, **fields)
        return made


__all__ = ["cached_property", "changed", "dataclass", "pattern"]

_MAKING = RLock()
"""Two threads may make their first object of a class at once."""


class _Fields:
    """In place of the fields of a class that is not made."""

    def __init__(self, cls: type, options: dict[str, bool]) -> None:
        self.cls, self.options = cls, options

    def __get__(self, _one: object, _owner: type | None = None) -> Any:
        self.make()
        return vars(self.cls)["__dataclass_fields__"]

    def make(self) -> None:
        """Make the class, once."""
        with _MAKING:
            if vars(self.cls)["__dataclass_fields__"] is self:
                _make(self.cls, self.options)


_OWN = ("__init__", "__dataclass_fields__", "__dict__", "__weakref__")


def _make(cls: type, options: dict[str, Any]) -> None:
    """Give a class what ``dataclass`` makes of a twin.

    Not of the class: ``dataclass`` replaces no `__init__`, and no thread may find none.
    """
    own = {name: value for name, value in vars(cls).items() if name not in _OWN}
    twin = type(cls)(cls.__name__, cls.__bases__, own | {"__qualname__": cls.__qualname__})
    made = {**vars(dataclasses.dataclass(twin, **options))}
    made = {name: made[name] for name in made if name not in _OWN[2:]}
    for name in own.keys() - made.keys():
        delattr(cls, name)  # of a field with a factory
    for name in sorted(made, key="__init__ __dataclass_fields__".find):
        if own.get(name) is not made[name]:
            setattr(cls, name, made[name])
