"""Installs peers into a folder, never into the system.

    python/NAME/    packages of the Python registry
    bin/            drivers in C++, compiled here
    cases/          models
"""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

DRIVERS = pathlib.Path(__file__).resolve().parent / "drivers"


class Unavailable(Exception):
    """A peer cannot be had here; the text says why, on one line."""


def _call(command, why):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"{why}: {lines[-1] if lines else 'no reason given'}")


def _tell(text):
    print(f"installing {text}", file=sys.stderr)


def install_packages(folder, name, packages):
    """Packages with all that they need, in a folder of their own for PYTHONPATH."""
    target = folder / "python" / name
    stamp = target / "installed"
    if not (stamp.exists() and stamp.read_text() == " ".join(packages)):
        shutil.rmtree(target, ignore_errors=True)
        _tell(" ".join(packages))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", target, *packages]
        _call(command, f"pip cannot install {' '.join(packages)}")
        stamp.write_text(" ".join(packages))
    return target


def unpack_packages(folder, name, packages):
    """What packages hold, without what they need: libraries and headers rather than Python."""
    target = folder / "python" / name
    if not target.exists():
        _tell(" ".join(packages))
        wheels = folder / "wheels" / name
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        _call([*command, "--dest", wheels, *packages], f"pip cannot download {' '.join(packages)}")
        scratch = target.with_suffix(".new")
        for wheel in wheels.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(scratch)
        scratch.rename(target)
    return target


def find_file(folder, pattern):
    """The only or the first file below a folder with such a name."""
    found = sorted(folder.rglob(pattern))
    if not found:
        raise Unavailable(f"{folder.name} has no {pattern}")
    return found[0]


def compile_driver(folder, name, flags=()):
    """Compiles a driver, if it is older than its text; returns the program."""
    source, program = DRIVERS / f"{name}.cpp", folder / "bin" / name
    newest = max(path.stat().st_mtime for path in (source, DRIVERS / "driver.h"))
    if not program.exists() or program.stat().st_mtime < newest:
        program.parent.mkdir(parents=True, exist_ok=True)
        compiler = os.environ.get("CXX") or next(
            filter(None, map(shutil.which, ("c++", "g++", "clang++-22", "clang++"))), None)
        if not compiler:
            raise Unavailable("no C++ compiler (CXX)")
        options = ["-std=c++20", "-O3", "-march=native", "-pthread"]
        _call([compiler, *options, source, "-o", program, *flags], f"cannot compile {source.name}")
    return program
