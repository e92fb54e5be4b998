"""Every name that the simulator puts in the place of MicroPython's has the signature of the real module's stub."""

import ast
from importlib.metadata import distribution
from pathlib import Path

import pytest

BOARD = Path(__file__).parents[2] / "simulator" / "segl_sim" / "board"
STUBS = distribution("micropython-rp2-rpi_pico2-stubs")
MODULES = {
    "machine": ("machine.py", "machine.pyi"),
    "machine.USBDevice": ("usbdevice.py", "machine.pyi"),
    "machine.I2S": ("i2s.py", "machine.pyi"),
    "rp2": ("rp2.py", "rp2/__init__.pyi"),
    "cryptolib": ("cryptolib.py", "cryptolib.pyi"),
    "time": ("time.py", "time.pyi"),
    "vfs": ("vfs.py", "vfs.pyi"),
}
Functions = dict[str, list[ast.arguments]]


def functions(text: str) -> Functions:
    """Every function and method of a module, with the arguments of each of its overloads."""
    found: Functions = {}

    def collect(prefix: str, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(prefix + node.name, []).append(node.args)
            elif isinstance(node, ast.ClassDef):
                collect(f"{prefix}{node.name}.", node.body)

    collect("", ast.parse(text).body)
    return found


def stub(name: str) -> Functions:
    return functions(Path(str(STUBS.locate_file(MODULES[name][1]))).read_text(encoding="utf-8"))


def public(name: str) -> bool:
    return all(not part.startswith("_") or part == "__init__" for part in name.split("."))


CASES = [
    (module, name)
    for module, (file, _) in MODULES.items()
    for name in functions((BOARD / file).read_text())
    if public(name) and (not module.startswith("machine.") or name.startswith(module[8:] + "."))
]


def positional(arguments: ast.arguments) -> list[str]:
    return [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]]


def agrees(ours: ast.arguments, overloads: list[ast.arguments]) -> bool:
    if any(overload.vararg for overload in overloads):
        return True  # the stub itself does not know
    longest = max(overloads, key=lambda overload: len(positional(overload)))
    theirs = positional(longest)
    named = set(theirs[len(longest.posonlyargs) :]) - {"self"}
    keywords = {argument.arg for overload in overloads for argument in overload.kwonlyargs}
    mine = positional(ours)
    fewest = min(len(positional(overload)) - len(overload.defaults) for overload in overloads)
    return (
        (bool(ours.vararg) or len(mine) == len(theirs))
        and named <= set(mine)
        and {argument.arg for argument in ours.kwonlyargs} <= keywords
        and len(mine) - len(ours.defaults) == fewest
    )


@pytest.mark.parametrize(("module", "name"), CASES)
def test_a_simulated_name_has_the_signature_of_the_stub(module: str, name: str):
    ours = functions((BOARD / MODULES[module][0]).read_text())[name]
    if name == "USBDevice.builtin_driver":  # an attribute in the stub
        return
    assert name in stub(module), f"{module} has no {name} on a board"
    assert agrees(ours[0], stub(module)[name]), ast.unparse(ours[0])


def test_a_wrong_signature_is_noticed():
    theirs = stub("machine")["I2C.readfrom_mem"]
    wrong = functions("class I2C:\n def readfrom_mem(self, addr, nbytes, memaddr=0): ...")["I2C.readfrom_mem"]
    assert not agrees(wrong[0], theirs)
