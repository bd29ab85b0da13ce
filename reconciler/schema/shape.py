"""Mappings as people write them, described as classes; pydantic is imported when one may be wrong.

A shape is written like a pydantic model: names with types, limits, notes and defaults. Its model is
made when a mapping is checked that is not certainly valid (see ``sound``). In most runs none is:
pydantic with its models takes longer to import than all that such a run does. Pure.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    LiteralString,
    Self,
    Union,
    get_args,
    get_origin,
)

if TYPE_CHECKING:
    from pydantic import (
        AfterValidator,
        BaseModel,
        BeforeValidator,
        Field,
        StringConstraints,
        ValidationError,
    )
    from pydantic_core import PydanticCustomError
else:

    class _Marker:
        """What pydantic will be told of a value: one of its markers, by name."""

        def __init__(self, name: str, *given: Any, **more: Any) -> None:
            self.name, self.given, self.more = name, given, more

        def made(self) -> Any:
            """Pydantic's own."""
            import pydantic  # noqa: PLC0415 - see above

            return getattr(pydantic, self.name)(*self.given, **self.more)

    AfterValidator, BeforeValidator, Field, StringConstraints = (
        partial(_Marker, name)
        for name in ("AfterValidator", "BeforeValidator", "Field", "StringConstraints")
    )


__all__ = [
    "AfterValidator",
    "BeforeValidator",
    "Field",
    "Shape",
    "StringConstraints",
    "alias",
    "bare",
    "is_shape",
    "kinds",
    "notes",
    "refusal",
]


class Shape:
    """A mapping: strict types, no unknown keys, and no values in messages: they may be secrets.

    What is not written has the default of the class, which nobody may change.
    """

    rules: ClassVar[Mapping[str, Any]] = {
        "strict": True,
        "extra": "forbid",
        "hide_input_in_errors": True,
        "defer_build": True,
    }
    _sound: "ClassVar[Callable[[object], bool]]"
    _schema: ClassVar[dict[str, Any]]
    _makers: "ClassVar[Mapping[str, tuple[str, _Maker | None]]]"
    _pydantic: "ClassVar[type[BaseModel]]"

    def __init_subclass__(cls) -> None:
        taken = [name for name in cls.__annotations__ if hasattr(Shape, name)]
        if taken:
            raise TypeError(f"a shape cannot have the key `{taken[0]}`")

    def __init__(self, **written: Any) -> None:
        self.__dict__.update(written)

    @classmethod
    def error(cls, data: object) -> "ValidationError | None":
        """Everything that is wrong with a mapping; None if it is valid."""
        from reconciler.schema import sound  # noqa: PLC0415 - made of shapes

        if "_sound" not in vars(cls):
            cls._sound = staticmethod(sound.test(cls))
        if cls._sound(data):
            return None
        from pydantic import ValidationError  # noqa: PLC0415 - see above

        try:
            cls.pydantic_model().model_validate(data)
        except ValidationError as error:
            return error
        return None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """The object of a valid mapping, with those of the mappings in it."""
        if "_makers" not in vars(cls):
            cls._makers = _makers(cls)
        made: dict[str, Any] = {}
        for key, value in data.items():
            name, maker = cls._makers[key]
            made[name] = maker(value) if maker else value
        return cls(**made)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema, by the keys that people write; made once, and changed by nobody."""
        if "_schema" not in vars(cls):
            cls._schema = cls.pydantic_model().model_json_schema()
        return cls._schema

    @classmethod
    def pydantic_model(cls) -> "type[BaseModel]":
        """The pydantic model, made once."""
        from pydantic import ConfigDict, create_model  # noqa: PLC0415 - see above

        if "_pydantic" not in vars(cls):
            fields: dict[str, Any] = {
                name: (_told(kind), _default(cls, name)) for name, kind in kinds(cls).items()
            }
            config = ConfigDict(**cls.rules)  # type: ignore[typeddict-item]
            about: dict[str, Any] = {"__doc__": cls.__doc__, "__module__": cls.__module__}
            cls._pydantic = create_model(cls.__name__, __config__=config, **about, **fields)
        return cls._pydantic

    @property
    def written(self) -> frozenset[str]:
        """The names that were written."""
        return frozenset(self.__dict__)

    def but(self, **changes: Any) -> Self:
        """The same with other values."""
        return type(self)(**{**self.__dict__, **changes})


def kinds(shape: type[Shape]) -> Mapping[str, Any]:
    """The type of each name, with its limits and notes, in order."""
    above = [one for one in reversed(shape.__mro__) if issubclass(one, Shape) and one is not Shape]
    return {name: kind for one in above for name, kind in one.__annotations__.items()}


def refusal(kind: LiteralString, text: str) -> "PydanticCustomError":
    """What a validator raises, with a message that is ready to print."""
    from pydantic_core import PydanticCustomError  # noqa: PLC0415 - see above

    return PydanticCustomError(kind, "{text}", {"text": text})


def bare(kind: Any) -> Any:
    """A type without limits and notes."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def notes(kind: Any) -> tuple[Any, ...]:
    """The limits and notes of a type."""
    return get_args(kind)[1:] if get_origin(kind) is Annotated else ()


def is_shape(kind: Any) -> bool:
    """Whether a type is a shape, and nothing more is said of it."""
    return isinstance(kind, type) and issubclass(kind, Shape)


def alias(kind: Any) -> str:
    """The key that is written for a name that Python does not allow; empty if it is the name."""
    said = (getattr(note, "more", {}).get("alias") for note in notes(kind))
    return next(filter(None, said), "")


_Maker = Callable[[Any], Any]


def _makers(shape: type[Shape]) -> Mapping[str, tuple[str, _Maker | None]]:
    """The name of each key, and what makes its values."""
    return {(alias(kind) or name): (name, _maker(kind)) for name, kind in kinds(shape).items()}


def _maker(kind: Any) -> _Maker | None:
    """What makes of a valid value one with objects of the shapes in it; None if it has none."""
    kind = bare(kind)
    if is_shape(kind):
        return lambda value: kind.of(value) if isinstance(value, dict) else value
    if get_origin(kind) in (Union, UnionType):
        return _of_options([(one, _maker(one)) for one in map(bare, get_args(kind))])
    inside = _maker(get_args(kind)[-1]) if get_origin(kind) in (dict, list) else None
    if inside is None:
        return None
    if get_origin(kind) is dict:
        return lambda value: (
            {key: inside(one) for key, one in value.items()} if isinstance(value, dict) else value
        )
    return lambda value: [*map(inside, value)] if isinstance(value, list) else value


def _of_options(options: list[tuple[Any, _Maker | None]]) -> _Maker | None:
    if not any(maker for _, maker in options):
        return None

    def make(value: Any) -> Any:
        for kind, maker in options:
            if _takes(kind, value):
                return maker(value) if maker else value
        return value

    return make


def _takes(kind: Any, value: object) -> bool:
    """Whether this option of a union is for a mapping, or for a list, as the value is one."""
    return (isinstance(value, dict) and (is_shape(kind) or get_origin(kind) is dict)) or (
        isinstance(value, list) and get_origin(kind) is list
    )


def _default(shape: type[Shape], name: str) -> Any:
    """A default is constructed unvalidated, so that it builds no model."""
    default = getattr(shape, name, ...)
    return (
        type(default).pydantic_model().model_construct() if isinstance(default, Shape) else default
    )


def _told(kind: Any) -> Any:
    """A type as pydantic knows it: with its markers, and with models for shapes."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        said = [note.made() if hasattr(note, "made") else note for note in inside[1:]]
        return Annotated[(_told(inside[0]), *said)]
    if origin in (Union, UnionType):
        return Union[tuple(map(_told, inside))]  # noqa: UP007 - of a tuple
    if origin in (dict, list):
        return origin[tuple(map(_told, inside))]
    return kind.pydantic_model() if is_shape(kind) else kind
