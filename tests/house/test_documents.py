"""What the documents show is true: marked blocks are run, parsed or compared.

The words after a fence's language say what is done with it:

- ```` ```console run ````: each line after `$ ` is run at the root of the repository; the lines below it are what it
  must print, where `…` stands for anything;
- ```` ```python run ````: the block is run as a program and must succeed;
- ```` ```yaml scenario ````: the block is a scenario and must be understood;
- ```` ```python from tests/some/file.py ````: the block stands in that file, letter by letter;
- ```` ```json parse ````, ```` ```toml parse ````, ```` ```yaml parse ````: the block must be readable.

Every Python block must at least compile, unless it is a piece of a file.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from voicecall_sim.carriers import CARRIERS
from voicecall_sim.scenario.checking import check_text

FENCE: Final = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it stands, its language, what is to be done with it, and its text."""

    file: Path
    line: int
    language: str
    marks: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A command in a console block and what it is said to print."""

    command: str
    output: str


def blocks(file: Path) -> Iterator[Block]:
    """The fenced blocks of a document."""
    source = file.read_text(encoding="utf-8")
    for match in FENCE.finditer(source):
        indent, _, info, text = match.groups()
        language, *marks = info.split() or [""]
        line = source.count("\n", 0, match.start()) + 1
        yield Block(file, line, language, tuple(marks), re.sub(f"^{indent}", "", text, flags=re.MULTILINE))


def commands(block: Block) -> Sequence[Shown]:
    """The commands of a console block with their output."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"{block.file}:{block.line}: output stands before the first command"
    return [Shown(command, output) for command, _, output in (part.partition("\n") for part in parts[1:])]


def agrees(shown: str, printed: str) -> bool:
    """Whether the output is as shown; `…` stands for anything, white space at the ends of lines for nothing."""
    wanted, got = ("\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (shown, printed))
    return re.fullmatch(".*".join(map(re.escape, wanted.split("…"))), got, re.DOTALL) is not None


@pytest.fixture
def shell(root: Path, tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs a command as a reader would, with the project's commands on the path."""
    scripts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    for name, target in scripts.items():
        module, _, function = target.partition(":")
        script = tmp_path / name
        script.write_text(f"#!{sys.executable}\nfrom {module} import {function}\n{function}()\n", encoding="utf-8")
        script.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = dict(os.environ) | {"PATH": path, "PYTHONPATH": str(root), "COLUMNS": "100", "NO_COLOR": "1"}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, shell=True, cwd=root, env=environment, capture_output=True, text=True, check=False
        )

    return run


Shell = Callable[[str], subprocess.CompletedProcess[str]]
Marked = Callable[[str, str], Sequence[Block]]


@pytest.fixture
def marked(documents: Sequence[Path]) -> Marked:
    """Finds the blocks of all documents in a language with a mark."""

    def find(language: str, mark: str) -> Sequence[Block]:
        found = [block for file in documents for block in blocks(file)]
        return [block for block in found if block.language == language and mark in block.marks]

    return find


def test_what_is_shown_of_a_file_stands_there(marked: Marked, root: Path) -> None:
    for block in marked("python", "from"):
        file = root / block.marks[1]
        assert block.text in file.read_text(encoding="utf-8"), f"{block.file}:{block.line}: {file} has it otherwise"


def test_console_blocks_print_what_they_show(marked: Marked, shell: Shell) -> None:
    for block in marked("console", "run"):
        for shown in commands(block):
            done = shell(shown.command)
            said = done.stdout + done.stderr
            assert agrees(shown.output, said), f"{block.file}:{block.line}: $ {shown.command}\n{said}"


def test_python_blocks_compile(documents: Sequence[Path]) -> None:
    whole = (block for file in documents for block in blocks(file) if "from" not in block.marks)
    for block in (block for block in whole if block.language == "python"):
        compile(block.text, f"{block.file}:{block.line}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_python_programs_run(marked: Marked, shell: Shell, tmp_path: Path) -> None:
    for block in marked("python", "run"):
        program = tmp_path / "program.py"
        program.write_text(block.text, encoding="utf-8")
        done = shell(f"{sys.executable} {program}")
        assert done.returncode == 0, f"{block.file}:{block.line}\n{done.stderr}"


def test_scenario_blocks_are_understood(marked: Marked) -> None:
    for block in marked("yaml", "scenario"):
        assert not check_text(block.text, block.file, CARRIERS), f"{block.file}:{block.line}"


def yaml(text: str) -> object:
    return YAML(typ="safe").load(text)


READERS: Final[Mapping[str, Callable[[str], object]]] = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml}


def test_data_blocks_can_be_read(marked: Marked) -> None:
    for language, read in READERS.items():
        for block in marked(language, "parse"):
            assert read(block.text) is not None


def test_marks_are_known(documents: Sequence[Path]) -> None:
    known = {("console", "run"), ("python", "run"), ("yaml", "scenario"), *((name, "parse") for name in READERS)}
    known.add(("python", "from"))
    used = {(block.language, block.marks[0]) for file in documents for block in blocks(file) if block.marks}
    assert used <= known
    assert all(block.marks[0] == "from" for file in documents for block in blocks(file) if len(block.marks) > 1)


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_the_documents_are_there(root: Path, name: str) -> None:
    assert (root / name).read_text(encoding="utf-8").startswith("# ")


# --- the harness itself -----------------------------------------------------------------------------------------


def test_blocks_are_found_with_their_marks(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    console, nested = "```console run\n$ a\nb\n```\n", "  ````yaml scenario extra\n  a: |\n    ```\n  ````\n"
    file.write_text(f"# A\n\n{console}\n- x\n\n{nested}```\nplain\n```\n")
    assert [(block.line, block.language, block.marks, block.text) for block in blocks(file)] == [
        (3, "console", ("run",), "$ a\nb\n"),
        (10, "yaml", ("scenario", "extra"), "a: |\n  ```\n"),
        (14, "", (), "plain\n"),
    ]


def test_a_console_block_has_commands_and_their_output() -> None:
    block = Block(Path("a.md"), 1, "console", ("run",), "$ one\n1\n2\n$ two\n$ three\n3\n")
    assert commands(block) == [Shown("one", "1\n2\n"), Shown("two", ""), Shown("three", "3\n")]


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a  \nb", True),
        ("a\n…\nd", "a\nb\nc\nd\n", True),
        ("took …s (… x)", "took 1.2s (300 x)", True),
        ("a", "b", False),
        ("a.c", "abc", False),
        ("a", "a\nb", False),
        ("", "", True),
        ("", "error", False),
    ],
)
def test_output_agrees_but_for_ellipses(shown: str, printed: str, same: bool) -> None:
    assert agrees(shown, printed) is same


def test_the_shell_knows_the_projects_commands(shell: Shell) -> None:
    done = shell("voicecall-sim --help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: voicecall-sim")
