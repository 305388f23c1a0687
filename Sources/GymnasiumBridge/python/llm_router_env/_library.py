"""The native library: where it is, and its C interface (Sources/GymnasiumBridge/Interface.swift)."""

import ctypes
import functools
import os
import pathlib

NAME = "libLLMRouterEnvironment.so"
VERSION = 1
ERROR_BYTES = 512


def path():
    """Where the library is: as LLM_ROUTER_LIBRARY says, in the package, or where the checkout builds it."""
    named = os.environ.get("LLM_ROUTER_LIBRARY")
    here = pathlib.Path(__file__).resolve().parent
    places = [pathlib.Path(named)] if named else [here / NAME, here.parents[3] / ".build" / "release" / NAME]
    for place in places:
        if place.is_file():
            return place
    raise ImportError(
        f"{NAME} is neither at {' nor at '.join(map(str, places))}: build it with `swift build -c release --product "
        "LLMRouterEnvironment`, install this package from a checkout where swift can be run, or say in "
        "LLM_ROUTER_LIBRARY where it is"
    )


@functools.cache
def load():
    """The library, loaded once, with the types of its functions."""
    place = path()
    try:
        library = ctypes.CDLL(str(place))
        version = library.llm_router_version()
    except (OSError, AttributeError) as error:
        raise ImportError(f"{place} can't be used: {error}") from error
    if version != VERSION:
        raise ImportError(f"{place} has interface {version}, and this package needs {VERSION}: build both anew")
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    library.llm_router_preset.argtypes = [ctypes.c_int32, pointer, text, ctypes.c_int32]
    library.llm_router_create.argtypes = [pointer, ctypes.c_int32, pointer, pointer, pointer, text, ctypes.c_int32]
    library.llm_router_create.restype = pointer
    library.llm_router_destroy.argtypes = [pointer]
    library.llm_router_destroy.restype = None
    library.llm_router_reset.argtypes = [pointer, ctypes.c_int64, ctypes.c_uint64, pointer]
    library.llm_router_reset.restype = None
    library.llm_router_seed_next.argtypes = [pointer, ctypes.c_int64, ctypes.c_uint64]
    library.llm_router_seed_next.restype = None
    library.llm_router_step.argtypes = [pointer] * 6 + [text, ctypes.c_int32]
    return library


def presets():
    """The names and figures of the models that the library knows."""
    library, found = load(), []
    figures, name = (ctypes.c_double * 4)(), ctypes.create_string_buffer(64)
    while library.llm_router_preset(len(found), figures, name, len(name)):
        found.append((name.value.decode(), tuple(figures)))
    return found
