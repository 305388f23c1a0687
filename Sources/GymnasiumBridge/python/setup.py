"""Builds the native library with the package, or takes the one that LLM_ROUTER_LIBRARY names."""

import os
import pathlib
import shutil
import subprocess

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

NAME = "libLLMRouterEnvironment.so"
CHECKOUT = pathlib.Path(__file__).resolve().parents[3]


def library():
    """Where the library is, after it was built if nobody names one."""
    named = os.environ.get("LLM_ROUTER_LIBRARY")
    if named:
        if not pathlib.Path(named).is_file():
            raise SystemExit(f"LLM_ROUTER_LIBRARY names {named}, which isn't there")
        return pathlib.Path(named)
    if shutil.which("swift") is None or not (CHECKOUT / "Package.swift").is_file():
        raise SystemExit(
            "llm-router-env needs a native library: install it from a checkout of Switchyard with swift in PATH, or say "
            f"in LLM_ROUTER_LIBRARY where {NAME} is"
        )
    # With the runtime linked in: it is loaded where there is no toolchain.
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "LLMRouterEnvironment"]
    subprocess.run(command, cwd=CHECKOUT, check=True)
    return CHECKOUT / ".build" / "release" / NAME


class BuildWithLibrary(build_py):
    """Puts the library beside the modules."""

    def run(self):
        super().run()
        if not self.editable_mode:
            shutil.copy(library(), pathlib.Path(self.build_lib) / "llm_router_env" / NAME)


class NativeDistribution(Distribution):
    """A wheel of it is for one kind of machine."""

    def has_ext_modules(self):
        return True


setup(cmdclass={"build_py": BuildWithLibrary}, distclass=NativeDistribution)
