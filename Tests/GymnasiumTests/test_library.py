"""Where the native library comes from, and what is said where it is missing."""

import os
import subprocess
import sys


def python(library):
    code = "import llm_router_env as l; l.default_models()"
    environment = os.environ | {"LLM_ROUTER_LIBRARY": str(library)}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_a_missing_library_is_named(tmp_path):
    result = python(tmp_path / "gone.so")
    assert result.returncode and "gone.so: build it with `swift build" in result.stderr


def test_another_file_is_refused(tmp_path):
    (tmp_path / "text.so").write_text("no library")
    result = python(tmp_path / "text.so")
    assert result.returncode and "text.so can't be used" in result.stderr


def test_another_library_is_refused():
    import _ctypes

    result = python(_ctypes.__file__)
    assert result.returncode and "can't be used" in result.stderr
