"""What is installed is pinned, with hashes, and its licence is told; copyleft parts of it are not imported."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

from tests import ROOT

OWN_BUILDS = re.compile(r"torch|triton|nvidia-.+|cuda-.+")
"""What comes in builds of its own for each kind of machine."""


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file):
    """Versions by package, several where they differ by system or Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / file).read_text(), re.MULTILINE):
        found.setdefault(plain(name), set()).add(version)
    return found


def needed(name="facewright", extras=("test",)):
    """Versions, by package, of all that an installation for tests has because of Facewright."""
    found: dict[str, str] = {}
    waiting = [(name, extras)]
    while waiting:
        package, own = waiting.pop()
        try:
            known = distribution(package)
        except PackageNotFoundError:  # for another system, or an extra of somebody's
            continue
        if plain(package) in found and not own:
            continue
        found[plain(package)] = known.version.partition("+")[0]
        for requirement in known.requires or ():
            match = re.match(r"([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?[^;]*(?:;(.*))?", requirement)
            assert match is not None
            marker = match.group(3) or ""
            if "extra" not in marker or any(f'"{extra}"' in marker or f"'{extra}'" in marker for extra in own):
                waiting.append((match.group(1), tuple(filter(None, (match.group(2) or "").split(",")))))
    found.pop("facewright")
    return found


def test_every_package_that_is_installed_is_pinned_in_its_version():
    pinned = pins("constraints.txt")
    installed = needed()
    assert len(installed) > 60
    assert {name: version for name, version in installed.items() if version not in pinned.get(name, ())} == {}


def test_every_pin_has_hashes_but_for_builds_that_depend_on_the_machine():
    pinned = {name: versions for name, versions in pins("constraints.txt").items() if not OWN_BUILDS.fullmatch(name)}
    locked = pins(".ci/lock-test.txt") | pins(".ci/lock-anny.txt")
    assert locked == pinned
    base = pins(".ci/lock.txt")
    assert base == {name: locked[name] for name in base}
    for file in (".ci/lock.txt", ".ci/lock-test.txt", ".ci/lock-anny.txt"):
        for entry in re.split(r"^(?=[A-Za-z0-9])", (ROOT / file).read_text(), flags=re.MULTILINE)[1:]:
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_licence_of_every_package_is_told():
    told = set(re.findall(r"^\| ([a-z0-9-]+) \| [^|?]+ \|", (ROOT / "docs/licences.md").read_text(), re.MULTILINE))
    assert told - {"package", "---"} == set(pins("constraints.txt"))


def test_every_folder_with_code_is_installed():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = [
        path.parent.relative_to(ROOT)
        for top in ("core", "editor", "resources", "train")
        for path in (ROOT / top).rglob("*.py")
    ]
    assert packages == sorted({".".join(("facewright", *folder.parts)) for folder in folders})
